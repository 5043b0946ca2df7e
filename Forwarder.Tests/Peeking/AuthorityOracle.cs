using System.Text.RegularExpressions;

namespace SniForward.Tests.Peeking;

/// <summary>Authorities in request lines by regular expressions, slow and short, for what the readers say to be held against.</summary>
internal static class AuthorityOracle
{
    /// <summary>The authority of a request line's target; empty if there is none.</summary>
    public static string Of(string requestLine)
    {
        var connect = Regex.Match(requestLine, @"\ACONNECT ([^ ]*)");
        if (connect.Success) return connect.Groups[1].Value;
        return Regex.Match(requestLine, @"\A[^ ]+ (?i:https?)://([^/?# ]*)").Groups[1].Value;
    }

    /// <summary>Whether a target is of a form that its method may have.</summary>
    public static bool Fits(string method, string target, string authority)
    {
        if (method == "CONNECT") return Regex.IsMatch(target, @"\A[^/?#@]+:[0-9]{1,5}\z");
        if (target[0] == '/') return true;
        if (target == "*") return method == "OPTIONS";
        return Regex.IsMatch(target, @"\Ahttps?://", RegexOptions.IgnoreCase) && Regex.IsMatch(authority, @"\A(?!:[0-9]*\z)[^@]+\z");
    }

    /// <summary>The host of an authority, so that two spellings of it are the same.</summary>
    public static string HostOf(string authority)
    {
        var host = Regex.Replace(authority, @":[0-9]*\z", "");
        host = Regex.Replace(host, @"\.\z", "");
        return Regex.Replace(host, "[A-Z]", letter => letter.Value.ToLowerInvariant());
    }
}
