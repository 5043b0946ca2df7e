using System.Buffers;
using System.Threading.Tasks.Sources;

namespace SniForward.Transport.Tls;

/// <summary>
/// What <see cref="System.Net.Security.SslStream"/> reads while it shakes hands, on the thread pool. First comes what was peeked,
/// which is there at once; what follows is fetched on the engine.
/// </summary>
/// <param name="stream">Whose input it is.</param>
/// <param name="transport">The engine.</param>
/// <param name="gate">Where SslStream has a place, but while it waits for its peer.</param>
internal sealed class HandshakeInput(SocketStream stream, ITransport transport, HandshakeGate gate) : IValueTaskSource<int>
{
    private ManualResetValueTaskSourceCore<int> _fetched = new() { RunContinuationsAsynchronously = true };
    private Memory<byte> _buffer;
    private CancellationToken _cancel;
    private byte[]? _peeked;
    private int _start;
    private int _left;
    private bool _hasPlace = true;

    /// <summary>Takes what was peeked; on the engine, before the handshake begins.</summary>
    public void TakePeeked(ISocket socket)
    {
        if (!socket.Input.TryRead(out var read)) return;
        _left = (int)read.Buffer.Length;
        _peeked = ArrayPool<byte>.Shared.Rent(_left);
        read.Buffer.CopyTo(_peeked);
        socket.Input.AdvanceTo(read.Buffer.End);
    }

    /// <summary>As <see cref="SocketStream.ReadAsync(Memory{byte}, CancellationToken)"/>.</summary>
    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        // Nobody who shakes hands is idle.
        if (buffer.IsEmpty) return new ValueTask<int>(0);
        if (_left > 0) return new ValueTask<int>(ReadPeeked(buffer.Span));

        (_buffer, _cancel) = (buffer, cancel);
        _fetched.Reset();
        transport.Post(static input => _ = ((HandshakeInput)input!).FetchAsync(), this);
        return new ValueTask<int>(this, _fetched.Version);
    }

    /// <summary>SslStream does not compute any more.</summary>
    public void LeaveGate()
    {
        if (_hasPlace) gate.Leave();
        _hasPlace = false;
    }

    /// <summary>Gives back what was peeked: nothing is read any more.</summary>
    public void End()
    {
        if (_peeked is not null) ArrayPool<byte>.Shared.Return(_peeked);
        (_peeked, _left) = (null, 0);
    }

    private int ReadPeeked(Span<byte> buffer)
    {
        var length = Math.Min(_left, buffer.Length);
        _peeked.AsSpan(_start, length).CopyTo(buffer);
        (_start, _left) = (_start + length, _left - length);
        return length;
    }

    /// <summary>On the engine: sends what is kept, and receives.</summary>
    private async Detached FetchAsync()
    {
        var (length, fault) = (0, default(Exception));
        try
        {
            var receiving = stream.SendAndReceiveAsync(_buffer, _cancel);
            if (!receiving.IsCompleted) LeaveGate();
            length = await receiving.ConfigureAwait(false);
        }
#pragma warning disable CA1031 // It is SslStream's, which awaits it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            fault = e;
        }

        if (!_hasPlace) await gate.ReturnAsync().ConfigureAwait(false);
        _hasPlace = true;
        if (fault is null) _fetched.SetResult(length);
        else _fetched.SetException(fault);
    }

    int IValueTaskSource<int>.GetResult(short token) => _fetched.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _fetched.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _fetched.OnCompleted(continuation, state, token, flags);
}
