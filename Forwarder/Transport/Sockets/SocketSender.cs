using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;

namespace SniForward.Transport.Sockets;

/// <summary>
/// The sending of one socket, one call at a time. Unlike <see cref="Socket.SendAsync(ReadOnlyMemory{byte}, SocketFlags, CancellationToken)"/>
/// it lets go of the buffer once a call is over, so that an idle connection keeps none alive, and it throws nothing.
/// </summary>
internal sealed class SocketSender(Socket socket) : SocketAsyncEventArgs(true), IValueTaskSource<SocketError>
{
    private ManualResetValueTaskSourceCore<SocketError> _sent;

    /// <summary>How many bytes the last call sent.</summary>
    public int Sent { get; private set; }

    /// <summary>Sends some of <paramref name="bytes"/>, at least one, or tells why it could not.</summary>
    public ValueTask<SocketError> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        _sent.Reset();
        SetBuffer(MemoryMarshal.AsMemory(bytes));
        try
        {
            return socket.SendAsync(this)
                ? new ValueTask<SocketError>(this, _sent.Version)
                : new ValueTask<SocketError>(Finish());
        }
        catch (ObjectDisposedException)
        {
            SetBuffer(default);
            return new ValueTask<SocketError>(SocketError.OperationAborted);
        }
    }

    protected override void OnCompleted(SocketAsyncEventArgs e) => _sent.SetResult(Finish());

    private SocketError Finish()
    {
        Sent = BytesTransferred;
        SetBuffer(default);
        return SocketError;
    }

    SocketError IValueTaskSource<SocketError>.GetResult(short token) => _sent.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<SocketError>.GetStatus(short token) => _sent.GetStatus(token);

    void IValueTaskSource<SocketError>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _sent.OnCompleted(continuation, state, token, flags);
}
