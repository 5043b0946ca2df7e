using System.Diagnostics.CodeAnalysis;

namespace SniForward.Startup.Configuration;

/// <summary>Understands a text, or says in a clause why it does not.</summary>
internal delegate bool TextParser<T>(
    string text, [MaybeNullWhen(false)] out T value, [NotNullWhen(false)] out string? error);

/// <summary>A string of the file that remembers its key and where it stands, so that it can be refused later.</summary>
internal readonly record struct ConfigText(string Key, string Value, ConfigNode Node, ConfigErrors Errors)
{
    public int Line => Node.Line;

    public void Refuse(string why) => Errors.Add(Node, $"{Key}: {why}");

    /// <summary>False: it was refused.</summary>
    public bool TryParse<T>(TextParser<T> parser, [MaybeNullWhen(false)] out T value)
    {
        if (parser(Value, out value, out string? error))
            return true;

        Refuse(error);
        return false;
    }

    /// <summary>One of a few words; false: it was refused.</summary>
    public bool TryChoose<T>(IReadOnlyList<(string Word, T Value)> words, [MaybeNullWhen(false)] out T value)
    {
        foreach (var (word, meaning) in words)
        {
            if (word == Value)
            {
                value = meaning;
                return true;
            }
        }

        string all = string.Join(", ", words.Select(w => $"\"{w.Word}\""));
        Refuse($"\"{Value}\" is not one of {all}{ConfigHint.DidYouMean(Value, words.Select(w => w.Word))}");
        value = default;
        return false;
    }
}
