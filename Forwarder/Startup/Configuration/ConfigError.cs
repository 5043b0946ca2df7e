using System.Text;

namespace SniForward.Startup.Configuration;

/// <summary>One thing that is wrong with a configuration, and where.</summary>
/// <param name="File">The file as the user named it.</param>
/// <param name="Line">From 1; 0 when it concerns the file as a whole.</param>
/// <param name="Column">From 1, in UTF-16 units; 0 when it concerns the file as a whole.</param>
/// <param name="Message">What is wrong and what to do.</param>
/// <param name="IsWarning">Whether it can be used all the same.</param>
internal sealed record ConfigError(string File, int Line, int Column, string Message, bool IsWarning = false)
{
    /// <summary>One line, as compilers write it: <c>forward.toml:12:8: …</c>.</summary>
    public override string ToString() =>
        Line == 0 ? OneLine($"{File}: {Message}") : OneLine($"{File}:{Line}:{Column}: {(IsWarning ? "warning: " : "")}{Message}");

    /// <summary>Text out of the file may hold line ends and escape codes; a terminal or a log must not obey them.</summary>
    public static string OneLine(string text)
    {
        if (!text.Any(char.IsControl))
            return text;

        var line = new StringBuilder(text.Length + 16);
        foreach (char c in text)
        {
            if (char.IsControl(c))
                line.Append(@"\u").Append(((int)c).ToString("X4", null));
            else
                line.Append(c);
        }

        return line.ToString();
    }
}
