using System.Runtime.CompilerServices;

namespace SniForward.Peeking;

/// <summary>
/// Reads the fields of the first header block of a connection (RFC 7541 §3, §6). Of a name it keeps only what it tells.
/// </summary>
/// <param name="block">The whole block.</param>
/// <param name="decoded">Where its strings go, at least <see cref="HpackHuffman.MaxDecodedLength"/> of it.</param>
internal ref struct HpackReader(ReadOnlySpan<byte> block, Span<byte> decoded)
{
    private const byte Indexed = 0x80, WithIndexing = 0x40, SizeUpdate = 0x20, HuffmanCoded = 0x80;
    private const int MostIntegerBits = 28;

    private readonly Span<byte> _decoded = decoded;
    private ReadOnlySpan<byte> _rest = block;
    private Table _table;
    private int _decodedLength;
    private int _tableSize;
    private int _maxTableSize = HpackEntry.DefaultTableSize;
    private int _inserted;
    private int _entries;
    private bool _hasFields;

    /// <summary>Why the block is malformed, once <see cref="TryRead"/> has answered false; null at its end.</summary>
    public string? Error { get; private set; }

    /// <summary>The next field. False at the end of the block, or where it is malformed.</summary>
    public bool TryRead(out Http2FieldName name, out ReadOnlySpan<byte> value)
    {
        name = default;
        value = default;
        while (!_rest.IsEmpty && _rest[0] < WithIndexing && (_rest[0] & SizeUpdate) != 0)
        {
            if (!TryResizeTable()) return false;
        }
        if (_rest.IsEmpty) return false;

        _hasFields = true;
        var first = _rest[0];
        return first >= Indexed ? TryIndexed(out name, out value)
            : first >= WithIndexing ? TryLiteral(6, isIndexed: true, out name, out value)
            : TryLiteral(4, isIndexed: false, out name, out value);
    }

    /// <summary>§6.3: only at the start of a block (§4.2), and not above what the server has allowed.</summary>
    private bool TryResizeTable()
    {
        if (!TryInteger(5, out var size)) return false;
        if (_hasFields) return Fail("HPACK's table changes its size between fields");
        if (size > HpackEntry.DefaultTableSize) return Fail("HPACK's table is made larger than 4096 bytes");
        _maxTableSize = size;
        Evict(0);
        return true;
    }

    /// <summary>§6.1.</summary>
    private bool TryIndexed(out Http2FieldName name, out ReadOnlySpan<byte> value)
    {
        name = default;
        value = default;
        if (!TryInteger(7, out var index)) return false;
        if (index is > 0 && index <= HpackStaticTable.Count)
        {
            name = HpackStaticTable.Name(index).Name;
            value = HpackStaticTable.Value(index);
            return true;
        }
        if (!TryEntry(index, out var entry)) return false;
        name = entry.Name;
        value = _decoded.Slice(entry.ValueAt, entry.ValueLength);
        return true;
    }

    /// <summary>§6.2.</summary>
    private bool TryLiteral(int indexBits, bool isIndexed, out Http2FieldName name, out ReadOnlySpan<byte> value)
    {
        name = default;
        value = default;
        if (!TryInteger(indexBits, out var index) || !TryName(index, out name, out var nameLength)) return false;
        var at = _decodedLength;
        if (!TryString(out value)) return false;
        if (isIndexed) Insert(new HpackEntry(name, nameLength, at, value.Length));
        return true;
    }

    private bool TryName(int index, out Http2FieldName name, out int length)
    {
        (name, length) = (default, 0);
        if (index == 0)
        {
            if (!TryString(out var text)) return false;
            (name, length) = (Http2FieldNames.Of(text), text.Length);
            return true;
        }
        if (index <= HpackStaticTable.Count)
        {
            (name, length) = HpackStaticTable.Name(index);
            return true;
        }
        if (!TryEntry(index, out var entry)) return false;
        (name, length) = (entry.Name, entry.NameLength);
        return true;
    }

    /// <summary>§2.3.3: the newest entry has the lowest number.</summary>
    private bool TryEntry(int index, out HpackEntry entry)
    {
        var age = index - HpackStaticTable.Count - 1;
        entry = default;
        if (index == 0 || age >= _entries) return Fail("a field is of no entry in HPACK's tables");
        entry = _table[(_inserted - 1 - age) % HpackEntry.MostInTable];
        return true;
    }

    /// <summary>§4.4: an entry larger than the table empties it, and is no error.</summary>
    private void Insert(HpackEntry entry)
    {
        Evict(entry.Size);
        if (entry.Size > _maxTableSize) return;
        _table[_inserted++ % HpackEntry.MostInTable] = entry;
        _entries++;
        _tableSize += entry.Size;
    }

    private void Evict(int room)
    {
        while (_entries > 0 && _tableSize + room > _maxTableSize) _tableSize -= _table[(_inserted - _entries--) % HpackEntry.MostInTable].Size;
    }

    /// <summary>§5.2.</summary>
    private bool TryString(out ReadOnlySpan<byte> text)
    {
        text = default;
        if (_rest.IsEmpty) return Fail("the header block ends inside a field");
        var isCoded = (_rest[0] & HuffmanCoded) != 0;
        if (!TryInteger(7, out var length)) return false;
        if (length > _rest.Length) return Fail("a string runs past the end of the header block");

        var bytes = _rest[..length];
        _rest = _rest[length..];
        var into = _decoded[_decodedLength..];
        if (!isCoded) bytes.CopyTo(into);
        var decodedLength = isCoded ? HpackHuffman.Decode(bytes, into) : length;
        if (decodedLength < 0) return Fail("a string is not rightly Huffman-coded");

        text = into[..decodedLength];
        _decodedLength += decodedLength;
        return true;
    }

    /// <summary>§5.1: the low <paramref name="bits"/> of the first byte, and if they are all ones, seven bits of each that follows.</summary>
    private bool TryInteger(int bits, out int value)
    {
        var most = (1 << bits) - 1;
        value = _rest[0] & most;
        _rest = _rest[1..];
        if (value < most) return true;

        for (var shift = 0; shift < MostIntegerBits; shift += 7)
        {
            if (_rest.IsEmpty) return Fail("the header block ends inside a number");
            var next = _rest[0];
            _rest = _rest[1..];
            value += (next & 0x7f) << shift;
            if (next < 0x80) return true;
        }
        return Fail("a number in the header block is too large");
    }

    private bool Fail(string reason)
    {
        Error = reason;
        return false;
    }

    [InlineArray(HpackEntry.MostInTable)]
    private struct Table
    {
        private HpackEntry _first;
    }
}
