using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace SniForward.Startup.Configuration;

/// <summary>Lists what is not TOML at all.</summary>
internal static class ConfigSyntax
{
    // Listing them all takes about 75 times the text in memory: too much for a reload of millions of routes.
    private const int LongestListed = 1024 * 1024;

    /// <summary><paramref name="first"/> stopped the pull parser; of a very long text it is all that is told.</summary>
    public static void AddErrors(string text, DiagnosticsBag first, ConfigErrors errors)
    {
        var found = text.Length <= LongestListed ? SyntaxParser.Parse(text, validate: false).Diagnostics : first;
        if (!found.HasErrors)
            found = first;

        // What a line holds after its first error is mostly the parser finding its way back.
        foreach (var error in found.Where(d => d.Kind == DiagnosticMessageKind.Error)
            .OrderBy(d => d.Span.Start.Line).ThenBy(d => d.Span.Start.Column).DistinctBy(d => d.Span.Start.Line))
            errors.Add(error.Span.Start.Line + 1, error.Span.Start.Column + 1, InOurWords(error.Message));
    }

    private static string InOurWords(string message)
    {
        string plain = message.Replace("␤", "end of line", StringComparison.Ordinal).TrimEnd('.');
        bool badValue = plain.EndsWith("for a value", StringComparison.Ordinal) || plain.EndsWith("parsing a value", StringComparison.Ordinal);
        return badValue ? $"{plain}; text is written in \"quotes\"" : plain;
    }
}
