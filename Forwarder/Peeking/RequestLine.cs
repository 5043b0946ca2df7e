using System.Text;

namespace SniForward.Peeking;

/// <summary>The request line of an HTTP/1.x request (RFC 9112 §3).</summary>
internal readonly ref struct RequestLine
{
    private const byte Space = 0x20;
    private const byte Delete = 0x7f;
    private const int VersionLength = 8;

    /// <summary>What stands before the first space.</summary>
    public ReadOnlySpan<byte> Method { get; private init; }

    /// <summary>What stands between the two spaces.</summary>
    public ReadOnlySpan<byte> Target { get; private init; }

    /// <summary>The form of the target.</summary>
    public TargetForm Form { get; private init; }

    /// <summary>Host and port as the target writes them; empty if the target has the form of a path or is "*".</summary>
    public ReadOnlySpan<byte> TargetAuthority { get; private init; }

    /// <summary>The minor version, 0 to 9: 1 for HTTP/1.1.</summary>
    public int MinorVersion { get; private init; }

    /// <summary>Whether the version is HTTP/1.0; otherwise it may be taken for 1.1, whatever its minor version (RFC 9110 §2.5).</summary>
    public bool IsHttp10 => MinorVersion == 0;

    /// <summary>Whether a request may start with <paramref name="method"/> without further proof that it is HTTP: RFC 9110 §9, and PATCH.</summary>
    public static bool IsRegisteredMethod(ReadOnlySpan<byte> method) =>
        method.SequenceEqual("GET"u8)
        || method.SequenceEqual("HEAD"u8)
        || method.SequenceEqual("POST"u8)
        || method.SequenceEqual("PUT"u8)
        || method.SequenceEqual("DELETE"u8)
        || method.SequenceEqual("CONNECT"u8)
        || method.SequenceEqual("OPTIONS"u8)
        || method.SequenceEqual("TRACE"u8)
        || method.SequenceEqual("PATCH"u8);

    /// <summary>Whether a line with a method of any name is HTTP: it ends in the version HTTP/1.x.</summary>
    public static bool EndsInHttpVersion(ReadOnlySpan<byte> line)
    {
        var version = line[(line.LastIndexOf(Space) + 1)..];
        return IsVersion(version) && version[5] == '1';
    }

    /// <summary>Reads <paramref name="line"/>, which has no line break. Answers why it is malformed, or null.</summary>
    public static string? Read(ReadOnlySpan<byte> line, out RequestLine request)
    {
        request = default;
        var first = line.IndexOf(Space);
        var last = line.LastIndexOf(Space);
        if (first == last) return "the request line is not a method, a target and a version";

        var version = line[(last + 1)..];
        if (!IsVersion(version)) return "the request line does not end in an HTTP version";
        if (version[5] != '1') return "the HTTP version is neither 1.0 nor 1.1";

        var target = line[(first + 1)..last];
        if (target.IsEmpty) return "the request target is empty";
        if (target.ContainsAnyInRange((byte)0x00, Space) || target.Contains(Delete)) return "there is a space or a control byte in the request target";
        var method = line[..first];
        if (ReadTarget(method, target, out var form, out var authority) is { } reason) return reason;

        request = new RequestLine { Method = method, Target = target, Form = form, TargetAuthority = authority, MinorVersion = version[7] - '0' };
        return null;
    }

    private static bool IsVersion(ReadOnlySpan<byte> version) =>
        version.Length == VersionLength
        && version.StartsWith("HTTP/"u8)
        && char.IsAsciiDigit((char)version[5])
        && version[6] == '.'
        && char.IsAsciiDigit((char)version[7]);

    /// <summary>The four forms of a target (RFC 9112 §3.2).</summary>
    private static string? ReadTarget(ReadOnlySpan<byte> method, ReadOnlySpan<byte> target, out TargetForm form, out ReadOnlySpan<byte> authority)
    {
        form = TargetForm.Origin;
        authority = default;
        if (method.SequenceEqual("CONNECT"u8))
        {
            form = TargetForm.Authority;
            authority = target;
            return Authority.IsHostAndPort(target) ? null : "the target of CONNECT is not a host and a port";
        }

        if (target[0] == '/') return null;
        form = TargetForm.Asterisk;
        if (target is [(byte)'*']) return method.SequenceEqual("OPTIONS"u8) ? null : "the target * is only for OPTIONS";

        form = TargetForm.Absolute;
        var scheme = SchemeLength(target);
        if (scheme == 0) return "the request target is neither a path nor an http or https URI";

        var rest = target[scheme..];
        var end = rest.IndexOfAny("/?#"u8);
        authority = end < 0 ? rest : rest[..end];
        return Authority.HasHost(authority) ? null : "the request target has no host, or has user information";
    }

    /// <summary>The length of "http://" or "https://" at the front, or 0.</summary>
    private static int SchemeLength(ReadOnlySpan<byte> target)
    {
        var colon = target.IndexOf((byte)':');
        if (colon < 0 || !target[colon..].StartsWith("://"u8)) return 0;

        var scheme = target[..colon];
        return Ascii.EqualsIgnoreCase(scheme, "http"u8) || Ascii.EqualsIgnoreCase(scheme, "https"u8) ? colon + 3 : 0;
    }
}
