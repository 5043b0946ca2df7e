using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using SniForward.Transport;

namespace SniForward.Selecting;

/// <summary>
/// Connects to whichever of a server's addresses answers first. They are tried in order; each has a short head start
/// before the next is tried as well, and none if it fails (RFC 8305 §5). The first bytes go with the connect of an address
/// that is alone; none of two that race has been sent any when one of them has won. When it is over it serves another dial.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A source of cancellation without a timer holds nothing.")]
internal sealed class AddressRace : IValueTaskSource<SocketResult>
{
    /// <summary>The delay that RFC 8305 §8 recommends.</summary>
    private static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(250);

    private readonly ITransport _transport;
    private readonly ITimer _headStart;
    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<SocketResult> _finished;
    private CancellationTokenSource _losers = new();
    private IPEndPoint[] _addresses = [];
    private ReadOnlySequence<byte> _first;
    private SocketResult _result;
    private TimeSpan _timeout;
    private long _started;
    private int _next;
    private int _pending;

    /// <param name="transport">The engine whose dials it serves.</param>
    public AddressRace(ITransport transport)
    {
        _transport = transport;
        _headStart = transport.Time.CreateTimer(
            static race => ((AddressRace)race!).StartNext(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Runs until one is connected or all have failed. The error is that of the last; it never throws.</summary>
    /// <param name="addresses">At least one, in the order in which they are tried.</param>
    /// <param name="timeout">For all of them.</param>
    /// <param name="first">What the server is sent with the connect, if it can be.</param>
    public ValueTask<SocketResult> RunAsync(IPEndPoint[] addresses, TimeSpan timeout, ReadOnlySequence<byte> first)
    {
        _finished.Reset();
        (_addresses, _first, _timeout) = (addresses, first, timeout);
        (_next, _pending, _result) = (0, 0, new SocketResult(null, SocketError.HostNotFound));
        _started = _transport.Time.GetTimestamp();
        StartNext();
        return new ValueTask<SocketResult>(this, _finished.Version);
    }

    private void StartNext()
    {
        (IPEndPoint Address, TimeSpan Left, ReadOnlySequence<byte> First)? next;
        lock (_lock) next = Next();
        if (next is var (address, left, first)) _ = TryAsync(address, left, first);
    }

    /// <summary>The next to try; null if there is none, one is connected already or the time is up. Under the lock.</summary>
    private (IPEndPoint Address, TimeSpan Left, ReadOnlySequence<byte> First)? Next()
    {
        var left = _timeout - _transport.Time.GetElapsedTime(_started);
        if (_next == _addresses.Length || _result.Socket is not null || left <= TimeSpan.Zero) return null;
        var first = _pending == 0 ? _first : default;
        var address = _addresses[_next++];
        _pending++;
        if (_next < _addresses.Length) _headStart.Change(HeadStart, Timeout.InfiniteTimeSpan);
        return (address, left, first);
    }

    private async Detached TryAsync(IPEndPoint address, TimeSpan left, ReadOnlySequence<byte> first) =>
        Ended(await _transport.ConnectAsync(address, left, first, _losers.Token).ConfigureAwait(false));

    private void Ended(SocketResult result)
    {
        (IPEndPoint Address, TimeSpan Left, ReadOnlySequence<byte> First)? next;
        ISocket? late = null;
        bool hasWon;
        bool isOver;
        lock (_lock)
        {
            hasWon = result.Socket is not null && _result.Socket is null;
            if (hasWon || (_result.Socket is null && result.Error != SocketError.OperationAborted)) _result = result;
            else late = result.Socket;
            _pending--;
            next = Next();
            isOver = _pending == 0;
        }
        late?.Dispose();
        if (next is var (address, left, first)) _ = TryAsync(address, left, first);
        else if (isOver) Finish();
        // The last of those that this ends finishes the race.
        else if (hasWon) _losers.Cancel();
    }

    private void Finish()
    {
        _headStart.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (!_losers.TryReset()) _losers = new CancellationTokenSource();
        _first = default;
        _finished.SetResult(_result);
    }

    SocketResult IValueTaskSource<SocketResult>.GetResult(short token) => _finished.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<SocketResult>.GetStatus(short token) => _finished.GetStatus(token);

    void IValueTaskSource<SocketResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _finished.OnCompleted(continuation, state, token, flags);
}
