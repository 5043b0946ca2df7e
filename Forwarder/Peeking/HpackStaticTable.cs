using System.Text;

namespace SniForward.Peeking;

/// <summary>The static table of HPACK (RFC 7541 appendix A): what a header block may refer to by number, from 1.</summary>
internal static class HpackStaticTable
{
    private static readonly (Http2FieldName Name, int NameLength, byte[] Value)[] Entries =
    [
        Entry(":authority"), Entry(":method", "GET"), Entry(":method", "POST"), Entry(":path", "/"), Entry(":path", "/index.html"),
        Entry(":scheme", "http"), Entry(":scheme", "https"), Entry(":status", "200"), Entry(":status", "204"), Entry(":status", "206"),
        Entry(":status", "304"), Entry(":status", "400"), Entry(":status", "404"), Entry(":status", "500"), Entry("accept-charset"),
        Entry("accept-encoding", "gzip, deflate"), Entry("accept-language"), Entry("accept-ranges"), Entry("accept"),
        Entry("access-control-allow-origin"), Entry("age"), Entry("allow"), Entry("authorization"), Entry("cache-control"),
        Entry("content-disposition"), Entry("content-encoding"), Entry("content-language"), Entry("content-length"),
        Entry("content-location"), Entry("content-range"), Entry("content-type"), Entry("cookie"), Entry("date"), Entry("etag"),
        Entry("expect"), Entry("expires"), Entry("from"), Entry("host"), Entry("if-match"), Entry("if-modified-since"),
        Entry("if-none-match"), Entry("if-range"), Entry("if-unmodified-since"), Entry("last-modified"), Entry("link"),
        Entry("location"), Entry("max-forwards"), Entry("proxy-authenticate"), Entry("proxy-authorization"), Entry("range"),
        Entry("referer"), Entry("refresh"), Entry("retry-after"), Entry("server"), Entry("set-cookie"),
        Entry("strict-transport-security"), Entry("transfer-encoding"), Entry("user-agent"), Entry("vary"), Entry("via"),
        Entry("www-authenticate"),
    ];

    /// <summary>The number of its last entry; those that follow are of the dynamic table.</summary>
    public static int Count => Entries.Length;

    /// <summary>The name of an entry, and how many bytes it has.</summary>
    public static (Http2FieldName Name, int Length) Name(int index) => (Entries[index - 1].Name, Entries[index - 1].NameLength);

    public static ReadOnlySpan<byte> Value(int index) => Entries[index - 1].Value;

    private static (Http2FieldName, int, byte[]) Entry(string name, string value = "") =>
        (Http2FieldNames.Of(Encoding.ASCII.GetBytes(name)), name.Length, Encoding.ASCII.GetBytes(value));
}
