using System.Buffers;
using SniForward.Framing;

namespace SniForward.Exchanging;

/// <summary>
/// A request in hand: its head, what the server is sent first, and the head of its answer. There is one from when the head has
/// come until the answer is over; then it serves another. A connection that rests has none.
/// </summary>
internal sealed class Request
{
    /// <summary>What comes of a body together with its head goes with it to the server, up to so many bytes.</summary>
    private const int MostWithHead = 16 * 1024;

    private readonly ArrayBufferWriter<byte> _bytes = new(1024);
    private RequestHead _head;
    private ResponseHead _answer;
    private BodyReader _body;

    /// <summary>Its head, once it was read.</summary>
    public ref readonly RequestHead Head => ref _head;

    /// <summary>The head of its answer, as far as it was read.</summary>
    public ref ResponseHead Answer => ref _answer;

    /// <summary>What the server is sent first: the head, and what came with it of the body.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.WrittenMemory;

    /// <summary>The body behind those.</summary>
    public BodyReader Body => _body;

    /// <summary>Whether <see cref="Bytes"/> are all of it.</summary>
    public bool IsWhole => _body.HasEnded;

    /// <summary>Whether an answer of 101 is one.</summary>
    public bool WantsUpgrade => _head is { WantsUpgrade: true, OffersH2c: false } && IsWhole;

    /// <summary>Whether it may be answered by another protocol: upgraded, or a tunnel.</summary>
    public bool MayTunnel => WantsUpgrade || _head.Method is RequestMethod.Connect;

    /// <summary>Whether it may be sent again as it is: nothing but <see cref="Bytes"/>, and to ask twice does no harm.</summary>
    public bool MayRepeat => IsWhole && _head.Method.IsIdempotent();

    /// <summary>Reads the head, strictly. False: it is malformed.</summary>
    /// <param name="received">What was received from its first byte on.</param>
    /// <param name="maxBytes">The most that it may take.</param>
    public bool ReadHead(in ReadOnlySequence<byte> received, int maxBytes)
    {
        _head = default;
        return _head.Read(received, maxBytes) is HeadAnswer.Found;
    }

    /// <summary>Takes the head, and what came with it of the body.</summary>
    /// <param name="received">As before.</param>
    /// <param name="client">What the server is told of the client.</param>
    /// <param name="taken">How many bytes it has taken.</param>
    public BodyAnswer Take(in ReadOnlySequence<byte> received, in ForwardedFields client, out long taken)
    {
        WriteHead(received, client);
        _body = new BodyReader(_head.Body);
        var rest = received.Slice(_head.Length);
        var answer = BodyRelay.Take(ref _body, rest.Slice(0, Math.Min(rest.Length, MostWithHead)), out taken);
        foreach (var segment in rest.Slice(0, taken)) _bytes.Write(segment.Span);
        taken += _head.Length;
        return answer;
    }

    /// <summary>Begins with an answer, or with the next after one of 1xx.</summary>
    public void BeginAnswer() => _answer = new ResponseHead(_head.Method);

    /// <summary>Forgets it.</summary>
    public void End() => _bytes.ResetWrittenCount();

    /// <summary>Writes the head as the server is sent it: as it is, unless it is told of the client, or HTTP/2 is offered.</summary>
    private void WriteHead(in ReadOnlySequence<byte> received, in ForwardedFields client)
    {
        if (client.Style is ForwardedStyle.Off && !_head.OffersH2c)
        {
            foreach (var segment in received.Slice(_head.Start, _head.Length - _head.Start)) _bytes.Write(segment.Span);
            return;
        }
        var hop = _head is { WantsUpgrade: true, OffersH2c: false } ? HopConnection.Upgrade : _head.KeepsAlive ? HopConnection.KeepAlive : HopConnection.Close;
        HeadWriter.Write(received, _head, hop, client, _bytes);
    }
}
