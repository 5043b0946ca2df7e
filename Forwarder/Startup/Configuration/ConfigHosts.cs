using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using SniForward.Routing;

namespace SniForward.Startup.Configuration;

/// <summary>The hosts of a route: "example.com", "*.example.com" or "/regex/".</summary>
internal static class ConfigHosts
{
    /// <summary>Answers with the host as the routing table takes it: names normalised, expressions as written.</summary>
    public static bool TryHost(
        string text, [MaybeNullWhen(false)] out string host, [NotNullWhen(false)] out string? error)
    {
        host = null;
        if (text.StartsWith('/'))
        {
            error = ExpressionError(text);
            host = error is null ? text : null;
            return error is null;
        }

        if (text == "*")
        {
            error = "\"*\" would match every name; write the backend for all other names under [default]";
            return false;
        }

        bool wildcard = text.StartsWith("*.", StringComparison.Ordinal);
        string name = wildcard ? text[2..] : text;
        if (!name.Contains('*') && HostName.TryNormalize(name, out var normal) && !(wildcard && ConfigAddresses.TryIP(normal, out _)))
        {
            host = wildcard ? $"*.{normal}" : normal;
            error = null;
            return true;
        }

        error = Why(text, name, wildcard);
        return false;
    }

    private static string? ExpressionError(string text)
    {
        if (!HostRegex.IsOne(text))
            return $"\"{text}\" is empty or not closed; a regular expression is written \"/expression/\"";

        return HostRegex.TryParse(text, out _, out var why) ? null : $"\"{text}\" is not a regular expression: {why}";
    }

    private static string Why(string text, string name, bool wildcard)
    {
        if (name.Contains('*'))
            return $"\"{text}\": a \"*\" stands only as the first label, as in \"*.example.com\"; for anything else write a \"/regular expression/\"";
        if (!System.Text.Ascii.IsValid(name))
            return $"\"{text}\" is not ASCII; {(ALabel(name) is { } label ? $"write \"{(wildcard ? "*." : "")}{label}\"" : "write its xn-- form")}";
        if (name.Contains(':') && !ConfigAddresses.TryIP(name, out _))
            return $"\"{text}\" has a port or a scheme; write the name alone";

        return $"\"{text}\" is not a host name; a name is at most 253 letters, digits, \"-\" and \"_\" in labels of 1 to 63 between dots";
    }

    private static string? ALabel(string name)
    {
        try
        {
            return new IdnMapping().GetAscii(name.ToLowerInvariant().Normalize());
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
