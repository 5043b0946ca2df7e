namespace SniForward.Peeking;

/// <summary>An entry of HPACK's dynamic table (RFC 7541 §2.3.2); its value stays where it was decoded.</summary>
/// <param name="Name">What its name tells.</param>
/// <param name="NameLength">How many bytes the name has.</param>
/// <param name="ValueAt">Where the value begins among all that was decoded.</param>
/// <param name="ValueLength">How many bytes the value has.</param>
internal readonly record struct HpackEntry(Http2FieldName Name, int NameLength, int ValueAt, int ValueLength)
{
    /// <summary>The most entries that a table of the default size can hold.</summary>
    public const int MostInTable = DefaultTableSize / Overhead;

    /// <summary>SETTINGS_HEADER_TABLE_SIZE, in bytes, before a server has set another (RFC 9113 §6.5.2).</summary>
    public const int DefaultTableSize = 4096;

    private const int Overhead = 32;

    /// <summary>What it takes of the table's size (§4.1).</summary>
    public int Size => NameLength + ValueLength + Overhead;
}
