using System.Text.RegularExpressions;

namespace SniForward.Routing;

/// <summary>A "/regex/" host: it matches whole names, without regard to case, in time linear in the name.</summary>
internal static class HostRegex
{
    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase;

    /// <summary>Whether <paramref name="host"/> is written as a regex.</summary>
    public static bool IsOne(string host) => host is ['/', .., '/'] && host.Length > 2;

    /// <summary>Compiles <paramref name="host"/>; false, with the reason, if it is no regex or needs backtracking.</summary>
    public static bool TryParse(string host, out Regex? regex, out string? error)
    {
        regex = null;
        error = null;
        try
        {
            // On its own first: "a)|(b" is whole only inside the anchors, and would break out of them.
            _ = new Regex(host[1..^1], Options);
            regex = new Regex($@"\A(?:{host[1..^1]})\z", Options);
            return true;
        }
        catch (ArgumentException e)
        {
            error = e.Message;
        }
        catch (NotSupportedException)
        {
            error = "look-around, back-references and atomic groups are not supported, because they cannot be matched in linear time";
        }
        return false;
    }
}
