using System.Net.Sockets;
using SniForward.Telemetry;
using SniForward.Transport;

namespace SniForward.Accepting;

/// <summary>Accepts the connections of one bound address and starts each on its path.</summary>
/// <param name="acceptor">The bound address.</param>
/// <param name="transport">The engine that the acceptor belongs to.</param>
/// <param name="rules">What holds for its connections.</param>
/// <param name="admission">Who may come in.</param>
/// <param name="room">One for each connection that the open files allow; while all are taken, clients wait in the kernel's queue.</param>
/// <param name="live">Where its connections are kept while they are open.</param>
internal sealed class Listener(
    IAcceptor acceptor, ITransport transport, ConnectionRules rules, Admission admission, SemaphoreSlim room, LiveConnections live)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenWarnings = TimeSpan.FromSeconds(10);

    private static long _lastId;

    private long? _lastWarning;

    /// <summary>Accepts until the acceptor is disposed or its socket fails. Never throws.</summary>
    public async Task RunAsync()
    {
        Log.Listening(rules.Logger, rules.Listener, acceptor.LocalEndPoint);
        var pause = FirstPause;
        while (true)
        {
            var (client, error) = await acceptor.AcceptAsync().ConfigureAwait(false);
            if (client is not null)
            {
                pause = FirstPause;
                await RoomAsync().ConfigureAwait(false);
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
                    or SocketError.HostDown or SocketError.TimedOut or SocketError.NotConnected or SocketError.ProtocolNotSupported:
                    continue;
                case SocketError.NotSocket or SocketError.InvalidArgument:
                    Log.ListenerFailed(rules.Logger, rules.Listener, acceptor.LocalEndPoint, error);
                    return;
                // What runs short on this machine, or nobody has thought of: it may come back as connections end.
                default:
                    if (MayWarn()) Log.AcceptPaused(rules.Logger, rules.Listener, error);
                    await Task.Delay(pause, transport.Time).ConfigureAwait(false);
                    pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                    continue;
            }
        }
    }

    private async ValueTask RoomAsync()
    {
        if (await room.WaitAsync(TimeSpan.Zero).ConfigureAwait(false)) return;
        if (MayWarn()) Log.AcceptPausedFull(rules.Logger, rules.Listener, live.Count);
        await room.WaitAsync().ConfigureAwait(false);
    }

    /// <summary>Whether the last warning is long enough ago: a pause is said, a flood of short ones is not.</summary>
    private bool MayWarn()
    {
        if (_lastWarning is { } last && transport.Time.GetElapsedTime(last) < BetweenWarnings) return false;
        _lastWarning = transport.Time.GetTimestamp();
        return true;
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
        // Whoever reads the line may count on the place being free.
        if (verdict is AdmissionVerdict.Admitted or AdmissionVerdict.ClientLimit) admission.Leave(client.RemoteEndPoint);
        connection.WriteAccessLine();
        live.Remove(connection);
        room.Release();
    }
}
