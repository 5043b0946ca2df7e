using System.Buffers;
using SniForward.Peeking;

namespace SniForward.Framing;

/// <summary>Writes the values of all fields of a kind in a head that was found as the beginning of one list: each with a comma behind it.</summary>
internal struct FieldValues : IHead
{
    private readonly FieldKinds _kind;
    private readonly IBufferWriter<byte> _output;
    private bool _hasStartLine;

    private FieldValues(FieldKinds kind, IBufferWriter<byte> output)
    {
        _kind = kind;
        _output = output;
    }

    readonly bool IHead.HasStartLine => _hasStartLine;

    /// <summary>Writes the values of <paramref name="kind"/> that are not empty.</summary>
    public static void Write(in ReadOnlySequence<byte> received, FieldKinds kind, IBufferWriter<byte> output)
    {
        var values = new FieldValues(kind, output);
        new HeadScan().Read(ref values, received, int.MaxValue);
    }

    string? IHead.Take(ReadOnlySpan<byte> line, int start)
    {
        var isField = _hasStartLine;
        _hasStartLine |= !line.IsEmpty;
        if (!isField || FieldLine.Read(line, out var field) is not null || FieldNames.KindOf(field.Name) != _kind || field.Value.IsEmpty) return null;
        _output.Write(field.Value);
        _output.Write(", "u8);
        return null;
    }

    readonly string? IHead.End(in ReceivedBytes bytes) => null;
}
