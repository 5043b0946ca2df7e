namespace SniForward.Peeking;

/// <summary>The names of fields that tell something about a request's form, or where it goes (RFC 9113 §8.2, §8.3).</summary>
internal enum Http2FieldName : byte
{
    /// <summary>Any other that a field may have.</summary>
    Other,

    Method,
    Scheme,
    Authority,
    Path,
    Host,

    /// <summary>"te", whose value may only be "trailers".</summary>
    TransferCodings,

    /// <summary>Of HTTP/1's connection: no request may have it.</summary>
    Connection,

    /// <summary>A pseudo-field that is unknown, or only for responses.</summary>
    UnknownPseudo,

    /// <summary>It holds a byte that no field name may: upper case, a space, a control byte, a colon inside.</summary>
    Malformed,
}
