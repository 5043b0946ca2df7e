using System.Buffers;
using System.Text;
using SniForward.Peeking;

namespace SniForward.Framing;

/// <summary>Copies the lines of a head that was found, but some fields, and not the empty line that ends it.</summary>
internal struct HeadCopy : IHead
{
    private readonly ReadOnlySequence<byte> _received;
    private readonly FieldKinds _leftOut;
    private readonly ConnectionOptions _connection;
    private readonly IBufferWriter<byte> _output;
    private bool _hasStartLine;

    private HeadCopy(in ReadOnlySequence<byte> received, FieldKinds leftOut, in ConnectionOptions connection, IBufferWriter<byte> output)
    {
        _received = received;
        _leftOut = leftOut;
        _connection = connection;
        _output = output;
    }

    readonly bool IHead.HasStartLine => _hasStartLine;

    /// <summary>Copies a head without the fields <paramref name="leftOut"/> and those that <paramref name="connection"/> names.</summary>
    public static void Write(in ReadOnlySequence<byte> received, FieldKinds leftOut, in ConnectionOptions connection, IBufferWriter<byte> output)
    {
        var copy = new HeadCopy(received, leftOut, connection, output);
        new HeadScan().Read(ref copy, received, int.MaxValue);
    }

    string? IHead.Take(ReadOnlySpan<byte> line, int start)
    {
        if (line.IsEmpty || (_hasStartLine && IsLeftOut(line))) return null;
        _hasStartLine = true;
        var span = _output.GetSpan(line.Length + 2);
        line.CopyTo(span);
        "\r\n"u8.CopyTo(span[line.Length..]);
        _output.Advance(line.Length + 2);
        return null;
    }

    readonly string? IHead.End(in ReceivedBytes bytes) => null;

    private readonly bool IsLeftOut(ReadOnlySpan<byte> line)
    {
        if (FieldLine.Read(line, out var field) is not null) return false;
        if ((FieldNames.KindOf(field.Name) & _leftOut) != 0) return true;
        for (var index = 0; index < _connection.NamedCount; index++)
        {
            if (IsNamed(field.Name, _connection.Named(index))) return true;
        }
        return false;
    }

    private readonly bool IsNamed(ReadOnlySpan<byte> name, ByteRange option)
    {
        if (option.Length != name.Length) return false;
        foreach (var segment in option.Of(_received))
        {
            if (!Ascii.EqualsIgnoreCase(segment.Span, name[..segment.Length])) return false;
            name = name[segment.Length..];
        }
        return true;
    }
}
