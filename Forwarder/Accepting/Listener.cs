using System.Net.Sockets;
using SniForward.Telemetry;
using SniForward.Transport;

namespace SniForward.Accepting;

/// <summary>Accepts the connections of one bound address and starts each on its path.</summary>
internal sealed class Listener(
    IAcceptor acceptor, ITransport transport, ConnectionRules rules, Admission admission, LiveConnections live)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private static long _lastId;

    /// <summary>Accepts until the acceptor is disposed or its socket fails. Never throws.</summary>
    public async Task RunAsync()
    {
        var pause = FirstPause;
        while (true)
        {
            var (client, error) = await acceptor.AcceptAsync().ConfigureAwait(false);
            if (client is not null)
            {
                pause = FirstPause;
                _ = ServeAsync(client);
                continue;
            }

            switch (error)
            {
                case SocketError.OperationAborted:
                    return;
                // What one client did: it is gone already, and the next is waiting.
                case SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.Interrupted
                    or SocketError.NetworkDown or SocketError.NetworkUnreachable or SocketError.HostUnreachable
                    or SocketError.HostDown or SocketError.TimedOut or SocketError.ProtocolNotSupported:
                    continue;
                // What runs short on this machine: it comes back as connections end.
                case SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable or SocketError.ProcessLimit:
                    Log.AcceptPaused(rules.Logger, rules.Listener, pause, error);
                    await Task.Delay(pause, transport.Time).ConfigureAwait(false);
                    pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                    continue;
                default:
                    Log.ListenerFailed(rules.Logger, rules.Listener, acceptor.LocalEndPoint, error);
                    return;
            }
        }
    }

    private async Task ServeAsync(ISocket client)
    {
        var verdict = admission.Enter(client.RemoteEndPoint);
        ConnectionEnd? refused = verdict switch
        {
            AdmissionVerdict.Denied => ConnectionEnd.ClientDenied,
            AdmissionVerdict.ProcessLimit => ConnectionEnd.ProcessLimit,
            AdmissionVerdict.ClientLimit => ConnectionEnd.ClientLimit,
            _ => null,
        };
        var connection = new Connection(Interlocked.Increment(ref _lastId), client, rules, transport);
        live.Add(connection);
        await connection.RunAsync(refused).ConfigureAwait(false);
        live.Remove(connection);
        if (verdict is AdmissionVerdict.Admitted or AdmissionVerdict.ClientLimit) admission.Leave(client.RemoteEndPoint);
    }
}
