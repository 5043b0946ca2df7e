using SniForward.Telemetry;
using SniForward.Telemetry.Metrics;
using SniForward.Transport;

namespace SniForward.Splicing;

/// <summary>
/// Moves bytes both ways between a client and a server, beginning with what was peeked, until both have ended. The end
/// of one side is passed on after every byte before it, and the other direction goes on; a reset of one side becomes a
/// reset of the other. A connection that is cut short by a deadline is reset as well, so that nobody takes what arrived
/// for all there was. When one has ended it may run for the next pair. Most connections are spliced for most of their
/// life, so that it is small, and nobody awaits it: it calls back.
/// </summary>
/// <param name="time">The engine's clock.</param>
/// <param name="watch">A timer that calls <see cref="Watch"/>.</param>
/// <param name="ended">Called with <paramref name="owner"/> when both directions have ended.</param>
/// <param name="owner">Whose splice it is.</param>
internal sealed class Splice(TimeProvider time, ITimer watch, Action<object, ConnectionEnd> ended, object owner) : IMoveObserver
{
    private const int Running = -1;

    private ISocket? _client;
    private ISocket? _server;
    private FlowTally? _flow;
    private SpliceLimits _limits;
    private int _end;
    private int _holds;
    private int _sidesEnded;
    private long _bytesUp;
    private long _bytesDown;
    private long _lastMoved;

    /// <summary>Bytes from the client that the server has taken.</summary>
    public long BytesUp => Volatile.Read(ref _bytesUp);

    /// <summary>Bytes from the server that the client has taken.</summary>
    public long BytesDown => Volatile.Read(ref _bytesDown);

    /// <summary>Where what moves is counted; null before the first time.</summary>
    public FlowTally? Flow => _flow;

    /// <summary>Begins, to run until both directions have ended. Never throws; closes neither socket on a clean end.</summary>
    /// <param name="client">Not disposed of before the end.</param>
    /// <param name="server">Likewise.</param>
    /// <param name="limits">How long the two may be silent, and how fast they may be.</param>
    /// <param name="sent">How many of the client's bytes the server has taken already.</param>
    /// <param name="flow">Where what moves is counted, as it does.</param>
    public void Start(ISocket client, ISocket server, SpliceLimits limits, int sent, FlowTally flow)
    {
        (_client, _server, _limits, _flow) = (client, server, limits, flow);
        if (sent > 0) flow.CountUp(sent);
        (_bytesUp, _bytesDown, _sidesEnded) = (sent, 0, 0);
        Volatile.Write(ref _lastMoved, time.GetTimestamp());
        Volatile.Write(ref _end, Running);
        // One for each direction, and one for this call.
        Volatile.Write(ref _holds, 3);
        watch.Change(limits.Idle, Timeout.InfiniteTimeSpan);
        client.Move(server, this, limits.UploadRate);
        server.Move(client, this, limits.DownloadRate);
        Release();
    }

    /// <summary>Cuts the connection, for <paramref name="end"/>; the first cause to come is the one that counts.</summary>
    public void Cut(ConnectionEnd end)
    {
        // Held, it cannot end, and its sockets go to other connections, before both are aborted.
        if (!TryHold()) return;
        if (Interlocked.CompareExchange(ref _end, (int)end, Running) == Running)
        {
            _client?.Abort();
            _server?.Abort();
        }
        Release();
    }

    /// <summary>Cuts the connection if it has been silent for too long, else sets the timer to when it would have been.</summary>
    public void Watch()
    {
        if (!TryHold()) return;
        var halfClosed = Volatile.Read(ref _sidesEnded) > 0;
        var left = (halfClosed ? _limits.HalfClosed : _limits.Idle) - time.GetElapsedTime(Volatile.Read(ref _lastMoved));
        if (left <= TimeSpan.Zero)
        {
            Cut(halfClosed ? ConnectionEnd.HalfClosedTimeout : ConnectionEnd.IdleTimeout);
        }
        else
        {
            watch.Change(left, Timeout.InfiniteTimeSpan);
            // A side may have ended meanwhile, and this have come after the shorter time was set.
            if (!halfClosed && Volatile.Read(ref _sidesEnded) > 0) watch.Change(_limits.HalfClosed, Timeout.InfiniteTimeSpan);
        }
        Release();
    }

    /// <summary>Keeps a splice that runs from ending until <see cref="Release"/>. False if it does not run.</summary>
    public bool TryHold()
    {
        var holds = Volatile.Read(ref _holds);
        while (holds > 0)
        {
            var before = Interlocked.CompareExchange(ref _holds, holds + 1, holds);
            if (before == holds) return true;
            holds = before;
        }
        return false;
    }

    /// <summary>Lets a splice that was held end.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holds) > 0) return;
        (_client, _server) = (null, null);
        watch.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        ended(owner, _end == Running ? ConnectionEnd.Completed : (ConnectionEnd)_end);
    }

    void IMoveObserver.Moved(ISocket source, int bytes)
    {
        var up = ReferenceEquals(source, _client);
        ref var moved = ref up ? ref _bytesUp : ref _bytesDown;
        Volatile.Write(ref moved, moved + bytes);
        if (up) _flow!.CountUp(bytes);
        else _flow!.CountDown(bytes);
        Volatile.Write(ref _lastMoved, time.GetTimestamp());
    }

    void IMoveObserver.Ended(ISocket source, MoveEnd end)
    {
        var up = ReferenceEquals(source, _client);
        switch (end)
        {
            case MoveEnd.SourceEnded:
                PassEndOn(up ? _server : _client);
                break;
            case MoveEnd.SourceFailed:
                Cut(up ? ConnectionEnd.ClientReset : ConnectionEnd.ServerReset);
                break;
            case MoveEnd.SinkFailed:
                Cut(up ? ConnectionEnd.ServerReset : ConnectionEnd.ClientReset);
                break;
            case MoveEnd.Aborted:
                break;
        }
        Release();
    }

    private void PassEndOn(ISocket? sink)
    {
        Volatile.Write(ref _lastMoved, time.GetTimestamp());
        // After the second end the sockets are closed, which says the same.
        if (Interlocked.Increment(ref _sidesEnded) == 2) return;
        sink?.ShutdownSend();
        watch.Change(_limits.HalfClosed, Timeout.InfiniteTimeSpan);
    }
}
