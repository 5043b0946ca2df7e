using System.Text;

namespace SniForward.Framing;

/// <summary>The names of the fields that say something to an intermediary.</summary>
internal static class FieldNames
{
    /// <summary>The most bytes of a name that <see cref="KindOf"/> looks at.</summary>
    public const int MostTelling = 18;

    private static ReadOnlySpan<byte> XForwarded => "x-forwarded-"u8;

    /// <summary>Which field <paramref name="name"/> names, without regard to case.</summary>
    public static FieldKinds KindOf(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 when Ascii.EqualsIgnoreCase(name, "te"u8) => FieldKinds.Te,
        4 when Ascii.EqualsIgnoreCase(name, "host"u8) => FieldKinds.Host,
        6 when Ascii.EqualsIgnoreCase(name, "expect"u8) => FieldKinds.Expect,
        7 when Ascii.EqualsIgnoreCase(name, "upgrade"u8) => FieldKinds.Upgrade,
        9 when Ascii.EqualsIgnoreCase(name, "forwarded"u8) => FieldKinds.Forwarded,
        10 when Ascii.EqualsIgnoreCase(name, "connection"u8) => FieldKinds.Connection,
        10 when Ascii.EqualsIgnoreCase(name, "keep-alive"u8) => FieldKinds.KeepAlive,
        14 when Ascii.EqualsIgnoreCase(name, "content-length"u8) => FieldKinds.ContentLength,
        14 when Ascii.EqualsIgnoreCase(name, "http2-settings"u8) => FieldKinds.Http2Settings,
        16 when Ascii.EqualsIgnoreCase(name, "proxy-connection"u8) => FieldKinds.ProxyConnection,
        17 when Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8) => FieldKinds.TransferEncoding,
        15 when Ascii.EqualsIgnoreCase(name, "x-forwarded-for"u8) => FieldKinds.XForwardedFor,
        16 when Ascii.EqualsIgnoreCase(name, "x-forwarded-host"u8) => FieldKinds.XForwardedHost,
        17 when Ascii.EqualsIgnoreCase(name, "x-forwarded-proto"u8) => FieldKinds.XForwardedProto,
        > 12 when IsXForwarded(name) => FieldKinds.XForwardedOther,
        _ => FieldKinds.None,
    };

    private static bool IsXForwarded(ReadOnlySpan<byte> name)
    {
        for (var at = 0; at < XForwarded.Length; at++)
        {
            var letter = name[at] == '_' ? (byte)'-' : (byte)char.ToLowerInvariant((char)name[at]);
            if (letter != XForwarded[at]) return false;
        }
        return true;
    }
}
