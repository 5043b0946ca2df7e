using System.Net;
using System.Net.Sockets;

namespace SniForward.Selecting.Names;

/// <summary>
/// A host name and its addresses. Once there was an answer nobody waits for the next: it is asked for in the background,
/// and the last one serves for as long as there is no other. Whoever asks while the first is under way waits for the same
/// look-up, however slow: a name takes one thread at most.
/// </summary>
internal sealed class ResolvedName : IDisposable
{
    /// <summary>How soon a name is asked for again at the earliest: after a failure, or when its addresses did not answer.</summary>
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(1);

    /// <summary>After so many times its age an answer that nobody kept fresh is too old to be used unasked.</summary>
    private const int StaleAfter = 10;

    private readonly DnsEndPoint _name;
    private readonly Func<string, Task<IPAddress[]>> _lookUp;
    private readonly TimeSpan _refresh;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private volatile IPEndPoint[]? _addresses;
    private volatile string? _failure;
    private Task? _asking;
    private long _askedAt;

    public ResolvedName(DnsEndPoint name, Func<string, Task<IPAddress[]>> lookUp, TimeSpan refresh, TimeProvider time) =>
        (_name, _lookUp, _refresh, _time) = (name, lookUp, refresh, time);

    /// <summary>
    /// Every address, in the order in which to try them; empty if there never was one and nobody could tell within
    /// <paramref name="timeout"/>.
    /// </summary>
    public ValueTask<IPEndPoint[]> AddressesAsync(TimeSpan timeout)
    {
        var known = _addresses;
        var age = Age();
        if (known is not null && age < _refresh) return new ValueTask<IPEndPoint[]>(known);
        var asking = AskAgain();
        if (known is not null && (age < _refresh * StaleAfter || asking.IsCompleted)) return new ValueTask<IPEndPoint[]>(_addresses!);
        return asking.IsCompleted ? new ValueTask<IPEndPoint[]>(_addresses ?? []) : new ValueTask<IPEndPoint[]>(WaitAsync(asking, timeout));
    }

    /// <summary>Asks anew, unless that was done within the last second. Ends with the look-up that is under way; never throws.</summary>
    public Task AskAgain()
    {
        lock (_lock)
        {
            if (_asking is { IsCompleted: false } || (_asking is not null && Age() < AgainAfter)) return _asking;
            return _asking = AskAsync();
        }
    }

    /// <summary>Asks now, whenever an answer is old, and soon after a failure, until it is disposed of.</summary>
    public async Task KeepFreshAsync(Action<DnsEndPoint, string?>? changed)
    {
        var pause = AgainAfter;
        var failed = false;
        try
        {
            while (true)
            {
                await AskAgain().ConfigureAwait(false);
                var failure = _failure;
                if (failed != failure is not null && !_stop.IsCancellationRequested) changed?.Invoke(_name, failure);
                failed = failure is not null;
                pause = !failed ? _refresh : pause * 2 < _refresh ? pause * 2 : _refresh;
                // A tenth more or less, so that many names are not asked for at once for ever.
                await Task.Delay(pause * (0.9 + 0.2 * Random.Shared.NextDouble()), _time, _stop.Token).ConfigureAwait(false);
                if (!failed) pause = AgainAfter;
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed of.
        }
    }

    /// <summary>Ends what keeps it fresh.</summary>
    public void Dispose() => _stop.Cancel();

    private TimeSpan Age() => _time.GetElapsedTime(Volatile.Read(ref _askedAt));

    private async Task AskAsync()
    {
        try
        {
            var addresses = await _lookUp(_name.Host).ConfigureAwait(false);
            if (addresses.Length > 0) _addresses = Array.ConvertAll(AddressOrder.Of(addresses), address => new IPEndPoint(address, _name.Port));
            _failure = addresses.Length > 0 ? null : "it has no address";
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            _failure = e.Message;
        }
        finally
        {
            Volatile.Write(ref _askedAt, _time.GetTimestamp());
        }
    }

    private async Task<IPEndPoint[]> WaitAsync(Task asking, TimeSpan timeout)
    {
        try
        {
            await asking.WaitAsync(timeout, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Who cannot wait goes on with what there is.
        }
        return _addresses ?? [];
    }
}
