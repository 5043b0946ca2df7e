using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace SniForward.Startup.Configuration;

/// <summary>Lists what is not TOML at all.</summary>
internal static class ConfigSyntax
{
    // Listing them all takes about 75 times the text in memory: too much for a reload of millions of routes.
    private const int LongestListed = 1024 * 1024;

    // An end of line is never wrong by itself; this follows an error of the line before.
    private const string BackOnItsFeet = "Unexpected token [␤] found";

    /// <summary><paramref name="first"/> stopped the pull parser; of a very long text it is all that is told.</summary>
    public static void AddErrors(string text, DiagnosticsBag first, ConfigErrors errors)
    {
        IReadOnlyList<DiagnosticMessage> listed = text.Length <= LongestListed ? List(text) : [];
        foreach (var error in listed.Count > 0 ? listed : [first.First()])
            errors.Add(error.Span.Start.Line + 1, error.Span.Start.Column + 1, InOurWords(error.Message));
    }

    /// <summary>
    /// Whether Tomlyn throws this for bad text, tolerant as it is: of nesting too deep, and, in 2.10, of a backslash at
    /// the very end of the text.
    /// </summary>
    public static bool IsThrown(Exception e) => e is TomlException or ArgumentException;

    /// <summary>One a line: what a line holds after its first error is mostly the parser finding its way back.</summary>
    private static IReadOnlyList<DiagnosticMessage> List(string text)
    {
        try
        {
            return
            [
                .. SyntaxParser.Parse(text, validate: false).Diagnostics
                    .Where(d => d.Kind == DiagnosticMessageKind.Error && d.Message != BackOnItsFeet)
                    .OrderBy(d => d.Span.Start.Line)
                    .ThenBy(d => d.Span.Start.Column)
                    .DistinctBy(d => d.Span.Start.Line),
            ];
        }
        catch (Exception e) when (IsThrown(e))
        {
            return [];
        }
    }

    private static string InOurWords(string message)
    {
        string plain = message.Replace("␤", "end of line", StringComparison.Ordinal).TrimEnd('.');
        bool badValue = plain.EndsWith("for a value", StringComparison.Ordinal) || plain.EndsWith("parsing a value", StringComparison.Ordinal);
        return badValue ? $"{plain}; text is written in \"quotes\"" : plain;
    }
}
