using System.Net.Sockets;
using SniForward.Telemetry;
using SniForward.Transport;

namespace SniForward.Splicing;

/// <summary>
/// Replays what was peeked, then moves bytes both ways between a client and a server until both have ended. The end of
/// one side is passed on after every byte before it, and the other direction goes on; a reset of one side becomes a
/// reset of the other. A connection that is cut short by a deadline is reset as well, so that nobody takes what arrived
/// for all there was.
/// </summary>
internal sealed class Splice(ISocket client, ISocket server, TimeProvider time, SpliceTimeouts timeouts)
{
    private const int Running = -1;

    private int _end = Running;
    private long _silentSince = time.GetTimestamp();
    private volatile bool _halfClosed;
    private ITimer? _watch;

    /// <summary>From the client to the server, the peeked bytes included.</summary>
    public Flow Up { get; } = new();

    /// <summary>From the server to the client.</summary>
    public Flow Down { get; } = new();

    /// <summary>Runs until both directions have ended. Never throws; closes neither socket on a clean end.</summary>
    public async ValueTask<ConnectionEnd> RunAsync()
    {
        using var watch = time.CreateTimer(static splice => ((Splice)splice!).Watch(), this, timeouts.Idle, Timeout.InfiniteTimeSpan);
        _watch = watch;
        var up = ReplayAndMoveAsync();
        await MoveAsync(server, client, Down, ConnectionEnd.ServerReset, ConnectionEnd.ClientReset).ConfigureAwait(false);
        await up.ConfigureAwait(false);

        var end = Interlocked.CompareExchange(ref _end, (int)ConnectionEnd.Completed, Running);
        return end == Running ? ConnectionEnd.Completed : (ConnectionEnd)end;
    }

    /// <summary>Cuts the connection, for <paramref name="end"/>; the first cause to come is the one that counts.</summary>
    public void Cut(ConnectionEnd end)
    {
        if (Interlocked.CompareExchange(ref _end, (int)end, Running) != Running) return;
        client.Abort();
        server.Abort();
    }

    private async ValueTask ReplayAndMoveAsync()
    {
        if (client.Input.TryRead(out var peeked))
        {
            var error = await server.SendAsync(peeked.Buffer).ConfigureAwait(false);
            if (error == SocketError.Success) Up.Add(peeked.Buffer.Length, time.GetTimestamp());
            else Cut(ConnectionEnd.ServerReset);
            client.Input.AdvanceTo(peeked.Buffer.End);
        }
        await client.Input.CompleteAsync().ConfigureAwait(false);
        await MoveAsync(client, server, Up, ConnectionEnd.ClientReset, ConnectionEnd.ServerReset).ConfigureAwait(false);
    }

    private async ValueTask MoveAsync(
        ISocket source, ISocket sink, Flow flow, ConnectionEnd sourceReset, ConnectionEnd sinkReset)
    {
        switch (await source.MoveToAsync(sink, flow).ConfigureAwait(false))
        {
            case MoveEnd.SourceEnded:
                sink.ShutdownSend();
                Volatile.Write(ref _silentSince, time.GetTimestamp());
                _halfClosed = true;
                _watch?.Change(timeouts.HalfClosed, Timeout.InfiniteTimeSpan);
                break;
            case MoveEnd.SourceFailed:
                Cut(sourceReset);
                break;
            case MoveEnd.SinkFailed:
                Cut(sinkReset);
                break;
            case MoveEnd.Aborted:
                break;
        }
    }

    /// <summary>Cuts the connection if it has been silent for too long, else comes back when it would have been.</summary>
    private void Watch()
    {
        var halfClosed = _halfClosed;
        var silentSince = Math.Max(Volatile.Read(ref _silentSince), Math.Max(Up.LastMoved, Down.LastMoved));
        var left = (halfClosed ? timeouts.HalfClosed : timeouts.Idle) - time.GetElapsedTime(silentSince);
        if (left <= TimeSpan.Zero)
        {
            Cut(halfClosed ? ConnectionEnd.HalfClosedTimeout : ConnectionEnd.IdleTimeout);
            return;
        }

        _watch?.Change(left, Timeout.InfiniteTimeSpan);
        // A side may have ended meanwhile, and this have come after the shorter time was set.
        if (_halfClosed && !halfClosed) _watch?.Change(timeouts.HalfClosed, Timeout.InfiniteTimeSpan);
    }
}
