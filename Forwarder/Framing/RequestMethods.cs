using System.Text;

namespace SniForward.Framing;

/// <summary>What is known of methods.</summary>
internal static class RequestMethods
{
    /// <summary>Which method <paramref name="name"/> is. Names are told apart by case (RFC 9110 §9.1).</summary>
    public static RequestMethod Of(ReadOnlySpan<byte> name)
    {
        var method = OfAnyCase(name);
        return name.ContainsAnyInRange((byte)'a', (byte)'z') ? RequestMethod.Other : method;
    }

    /// <summary>Whether <paramref name="name"/> is a known method but for its case, so that one reader would know it and another not.</summary>
    public static bool IsInOtherCase(ReadOnlySpan<byte> name) => OfAnyCase(name) != Of(name);

    /// <summary>Whether to ask twice does no more than to ask once (RFC 9110 §9.2.2).</summary>
    public static bool IsIdempotent(this RequestMethod method) => method is
        RequestMethod.Get or RequestMethod.Head or RequestMethod.Put or RequestMethod.Delete or RequestMethod.Options or RequestMethod.Trace;

    private static RequestMethod OfAnyCase(ReadOnlySpan<byte> name) => name.Length switch
    {
        3 when Ascii.EqualsIgnoreCase(name, "GET"u8) => RequestMethod.Get,
        3 when Ascii.EqualsIgnoreCase(name, "PUT"u8) => RequestMethod.Put,
        4 when Ascii.EqualsIgnoreCase(name, "POST"u8) => RequestMethod.Post,
        4 when Ascii.EqualsIgnoreCase(name, "HEAD"u8) => RequestMethod.Head,
        5 when Ascii.EqualsIgnoreCase(name, "PATCH"u8) => RequestMethod.Patch,
        5 when Ascii.EqualsIgnoreCase(name, "TRACE"u8) => RequestMethod.Trace,
        6 when Ascii.EqualsIgnoreCase(name, "DELETE"u8) => RequestMethod.Delete,
        7 when Ascii.EqualsIgnoreCase(name, "OPTIONS"u8) => RequestMethod.Options,
        7 when Ascii.EqualsIgnoreCase(name, "CONNECT"u8) => RequestMethod.Connect,
        _ => RequestMethod.Other,
    };
}
