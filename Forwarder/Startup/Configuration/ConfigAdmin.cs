using System.Diagnostics.CodeAnalysis;
using System.Net;
using SniForward.Securing;

namespace SniForward.Startup.Configuration;

/// <summary>Reads <c>[admin]</c>.</summary>
internal static class ConfigAdmin
{
    private const string BindAdvice = "write bind = \"127.0.0.1:9900\"";
    private const int ShortestToken = 16;

    /// <summary>Null: it was refused.</summary>
    /// <param name="section">The table.</param>
    /// <param name="listeners">What else is bound.</param>
    /// <param name="errors">Where errors go; it knows the file's folder.</param>
    public static AdminConfig? Read(ConfigSection section, ConfigListeners listeners, ConfigErrors errors)
    {
        var bind = Bind(section, listeners);
        var (inline, file) = (section.String("token"), section.String("token_file"));
        string? token = inline is { } text ? Parse(text, text.Value) : file is { } name ? ReadFile(name, errors.Folder) : null;
        if (inline is not null && file is not null)
            section.RefuseKey("token_file", "there is a token already; remove one of the two");
        if (bind is IPEndPoint { Address: var address } && !IPAddress.IsLoopback(address) && inline is null && file is null)
            section.RefuseKey("bind", "who reaches this address may be anybody; add token_file = \"admin.token\", or bind \"127.0.0.1:9900\" or \"unix:/run/sniforward/admin.sock\"");
        section.RefuseOtherKeys();
        return bind is null ? null : new AdminConfig(bind, token, IsTokenInline: inline is not null);
    }

    private static EndPoint? Bind(ConfigSection section, ConfigListeners listeners)
    {
        if (!section.Has("bind"))
            section.RefuseWithout("bind", BindAdvice);
        if (section.String("bind") is not { } text || !text.TryParse<EndPoint>(ConfigAddresses.TryBind, out var bind))
            return null;

        if (listeners.LineOf(bind) is { } line)
            text.Refuse($"\"{text.Value}\" is already listened on, see line {line}");
        return bind;
    }

    private static string? ReadFile(ConfigText file, string folder)
    {
        if (CertificateFile.TryReadPassword(Path.Combine(folder, file.Value), out string? line, out string? error))
            return Parse(file, line);

        file.Refuse($"\"{file.Value}\" {error}");
        return null;
    }

    /// <summary>Refused at <paramref name="at"/>, without saying what it is.</summary>
    private static string? Parse(ConfigText at, string token)
    {
        if (TryToken(token, out string? error))
            return token;

        at.Refuse(error);
        return null;
    }

    /// <summary>A b64token of RFC 6750 §2.1, long enough not to be guessed.</summary>
    private static bool TryToken(string token, [NotNullWhen(false)] out string? error)
    {
        error = !token.TrimEnd('=').All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~' or '+' or '/')
            ? "the token has other characters than letters, digits, \"-\", \".\", \"_\", \"~\", \"+\", \"/\" and, at its end, \"=\""
            : token.Length < ShortestToken ? $"the token is shorter than {ShortestToken} characters; make one with \"openssl rand -hex 32\""
            : null;
        return error is null;
    }
}
