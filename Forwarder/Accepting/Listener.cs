using System.Net.Sockets;
using SniForward.Telemetry;
using SniForward.Transport;

namespace SniForward.Accepting;

/// <summary>Accepts the connections of one bound address and starts each on its path.</summary>
/// <param name="acceptor">The bound address.</param>
/// <param name="transport">The engine that the acceptor belongs to.</param>
/// <param name="rules">What holds for its connections to come.</param>
/// <param name="live">Where its connections are kept while they are open; while there is no room, clients wait in the kernel's queue.</param>
internal sealed class Listener(IAcceptor acceptor, ITransport transport, CurrentRules rules, LiveConnections live)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenWarnings = TimeSpan.FromSeconds(10);

    /// <summary>The most that are turned away before the next pause.</summary>
    private const int MostTurnedAway = 32;

    private long? _lastWarning;
    private long? _shortSince;
    private int _turnedAway;

    /// <summary>Starts to accept, until the acceptor is disposed or its socket fails.</summary>
    public void Start()
    {
        live.ListenerStarts();
        transport.Post(static listener => _ = ((Listener)listener!).RunAsync(), this);
    }

    private async Task RunAsync()
    {
        try
        {
            await AcceptAllAsync().ConfigureAwait(true);
        }
        finally
        {
            live.ListenerEnds();
        }
    }

    private async Task AcceptAllAsync()
    {
        using var spare = new SpareDescriptor(acceptor.LocalEndPoint.AddressFamily);
        spare.TryHold();
        var pause = FirstPause;
        var mayTurnAway = MostTurnedAway;
        while (true)
        {
            var (client, error, _) = await acceptor.AcceptAsync().ConfigureAwait(false);
            if (client is not null)
            {
                if (!live.TryTakeRoom()) await RoomAsync().ConfigureAwait(true);
                if (Serve(client, spare)) (pause, mayTurnAway) = (FirstPause, MostTurnedAway);
                else mayTurnAway--;
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
                    Log.ListenerFailed(rules.Now.Logger, rules.Now.Listener, acceptor.LocalEndPoint, error);
                    return;
                case SocketError.TooManyOpenSockets when mayTurnAway > 0 && HasLongBeenShort() && spare.TryRelease():
                    continue;
                // What runs short on this machine, or nobody has thought of: it may come back as connections end.
                default:
                    if (MayWarn()) Log.AcceptPaused(rules.Now.Logger, rules.Now.Listener, error, _turnedAway);
                    await Task.Delay(pause, transport.Time).ConfigureAwait(true);
                    pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                    mayTurnAway = MostTurnedAway;
                    continue;
            }
        }
    }

    /// <summary>Serves <paramref name="client"/>; false if it took the last descriptor, and was turned away.</summary>
    private bool Serve(ISocket client, SpareDescriptor spare)
    {
        if (spare.TryHold())
        {
            if (_turnedAway > 0) Log.AcceptGoesOn(rules.Now.Logger, rules.Now.Listener, _turnedAway);
            (_shortSince, _turnedAway) = (null, 0);
            live.Serve(client, rules, refused: null);
            return true;
        }
        live.Serve(client, rules, ConnectionEnd.NoDescriptor);
        _turnedAway++;
        spare.TryHold();
        return false;
    }

    /// <summary>Whether descriptors have run short for so long that who waits is told rather than kept waiting.</summary>
    private bool HasLongBeenShort()
    {
        _shortSince ??= transport.Time.GetTimestamp();
        return transport.Time.GetElapsedTime(_shortSince.Value) >= LongestPause;
    }

    private async Task RoomAsync()
    {
        if (MayWarn()) Log.AcceptPausedFull(rules.Now.Logger, rules.Now.Listener, live.Count);
        await live.TakeRoomAsync().ConfigureAwait(true);
    }

    /// <summary>Whether the last warning is long enough ago: a pause is said, a flood of short ones is not.</summary>
    private bool MayWarn()
    {
        if (_lastWarning is { } last && transport.Time.GetElapsedTime(last) < BetweenWarnings) return false;
        _lastWarning = transport.Time.GetTimestamp();
        return true;
    }
}
