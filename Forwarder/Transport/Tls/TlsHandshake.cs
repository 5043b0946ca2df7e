using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;

namespace SniForward.Transport.Tls;

/// <summary>
/// A handshake: on the thread pool, where the private key's work holds up no engine, as far as <see cref="HandshakeGate"/>
/// lets it. It begins on the engine and is over there.
/// </summary>
internal static class TlsHandshake
{
    /// <param name="socket">On a failure it is open, unless it broke.</param>
    /// <param name="transport">The socket's engine, which this is called on.</param>
    /// <param name="gate">That of the process.</param>
    /// <param name="authenticate">Runs the handshake on a stream.</param>
    /// <param name="timeout">For all of it, the wait for a place too.</param>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public static async ValueTask<TlsResult> RunAsync(
        ISocket socket, ITransport transport, HandshakeGate gate, Func<SslStream, CancellationToken, Task> authenticate, TimeSpan timeout)
    {
        if (timeout <= TimeSpan.Zero) return new TlsResult(null, TlsFailure.TimedOut);
        using var deadline = new CancellationTokenSource(timeout, transport.Time);
        if (!gate.TryEnter(out var turn, deadline.Token)) return new TlsResult(null, TlsFailure.Refused);

        var stream = new SocketStream(socket);
        var input = new HandshakeInput(stream, transport, gate);
        stream.BeginHandshake(input);
        var tls = new SslStream(stream, leaveInnerStreamOpen: true);
        // Back on the engine by its SynchronizationContext, if it has one.
        var error = await Task.Run(() => AuthenticateAsync(tls, input, turn, authenticate, deadline.Token), CancellationToken.None);

        stream.EndHandshake();
        if (error is PeerRefusedException refused && tls.SslProtocol == SslProtocols.Tls12) stream.Refuse(refused.Alert);
        // The last flight, or the alert. If it is not taken, the next read or send tells.
        if (!deadline.IsCancellationRequested) await stream.SendKeptAsync(deadline.Token).ConfigureAwait(false);
        if (error is null && !deadline.IsCancellationRequested)
            return new TlsResult(new TlsSocket(socket, tls, stream, transport.Time), TlsFailure.None);

        tls.Dispose();
        return deadline.IsCancellationRequested ? new TlsResult(null, TlsFailure.TimedOut) : FailureOf(error!);
    }

    private static async Task<Exception?> AuthenticateAsync(
        SslStream tls, HandshakeInput input, Task<bool> turn, Func<SslStream, CancellationToken, Task> authenticate, CancellationToken cancel)
    {
        if (!await turn.ConfigureAwait(false)) return new OperationCanceledException(cancel);
        try
        {
            await authenticate(tls, cancel).ConfigureAwait(false);
            return null;
        }
        // Certificates and the callbacks that look at them may fail in any way.
        catch (Exception e)
        {
            return e;
        }
        finally
        {
            input.LeaveGate();
        }
    }

    private static TlsResult FailureOf(Exception e)
    {
        if (e is not IOException || e is { InnerException: not (null or SocketException or ObjectDisposedException) })
            return new TlsResult(null, TlsFailure.Failed, e.InnerException is { } cause ? $"{e.Message} ({cause.Message})" : e.Message);
        return new TlsResult(null, Pump.IsAbort(e) ? TlsFailure.Aborted : TlsFailure.PeerEnded);
    }
}
