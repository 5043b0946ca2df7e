using System.Buffers.Binary;

namespace SniForward.Tests.Fuzzing;

/// <summary>Changes inputs at random, always in the same way for the same seed.</summary>
/// <param name="corpus">What it begins with; at least one.</param>
/// <param name="seed">Any number.</param>
internal sealed class Mutator(byte[][] corpus, int seed)
{
    private const int MostBytes = 4096;
    private const int MostChanges = 6;

    private static readonly byte[] Telling = [0x00, 0x01, 0x03, 0x07, 0x09, 0x0a, 0x0d, 0x16, 0x20, 0x2e, 0x2f, 0x3a, 0x40, 0x41, 0x61, 0x7f, 0x80, 0xfe, 0xff];

    private readonly Random _random = new(seed);
    private readonly byte[] _bytes = new byte[2 * MostBytes];
    private int _length;

    /// <summary>A number from 0 up to, and without, <paramref name="below"/>.</summary>
    public int Below(int below) => _random.Next(below);

    /// <summary>An input of the corpus with some changes. It holds until the next call.</summary>
    public ReadOnlyMemory<byte> Next()
    {
        var original = corpus[_random.Next(corpus.Length)];
        _length = Math.Min(original.Length, MostBytes);
        original.AsSpan(0, _length).CopyTo(_bytes);
        for (var changes = _random.Next(MostChanges) + 1; changes > 0; changes--) Change();
        return _bytes.AsMemory(0, _length);
    }

    private void Change()
    {
        var at = _random.Next(_length + 1);
        var count = Math.Min(_random.Next(1, 1 << _random.Next(1, 8)), _length - at);
        switch (_random.Next(9))
        {
            case 0 when at < _length:
                _bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when at < _length:
                _bytes[at] = (byte)_random.Next(256);
                break;
            case 2 when at < _length:
                _bytes[at] = Telling[_random.Next(Telling.Length)];
                break;
            case 3 when at + 2 <= _length:
                var number = BinaryPrimitives.ReadUInt16BigEndian(_bytes.AsSpan(at));
                BinaryPrimitives.WriteUInt16BigEndian(_bytes.AsSpan(at), (ushort)(number + _random.Next(-40, 41)));
                break;
            case 4:
                Insert(at, [Telling[_random.Next(Telling.Length)]]);
                break;
            case 5:
                _bytes.AsSpan(at + count, _length - at - count).CopyTo(_bytes.AsSpan(at));
                _length -= count;
                break;
            case 6:
                Insert(at, _bytes.AsSpan(at, count).ToArray());
                break;
            case 7:
                var other = corpus[_random.Next(corpus.Length)];
                var from = _random.Next(other.Length + 1);
                Insert(at, other.AsSpan(from, Math.Min(_random.Next(64), other.Length - from)));
                break;
            case 8 when _random.Next(4) == 0:
                _length = at;
                break;
        }
    }

    private void Insert(int at, ReadOnlySpan<byte> bytes)
    {
        if (_length + bytes.Length > MostBytes) return;
        _bytes.AsSpan(at, _length - at).CopyTo(_bytes.AsSpan(at + bytes.Length));
        bytes.CopyTo(_bytes.AsSpan(at));
        _length += bytes.Length;
    }
}
