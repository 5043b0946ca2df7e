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
        > 12 when Ascii.EqualsIgnoreCase(name[..XForwarded.Length], XForwarded) => FieldKinds.XForwarded,
        _ => FieldKinds.None,
    };
}
