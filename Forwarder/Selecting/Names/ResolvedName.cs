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
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private volatile CancellationTokenSource _pause = new();
    private volatile bool _isDisposed;
    private volatile IPEndPoint[]? _addresses;
    private volatile string? _failure;
    private Task? _asking;
    private long _askedAt;
    private long _refresh;

    public ResolvedName(DnsEndPoint name, Func<string, Task<IPAddress[]>> lookUp, TimeSpan refresh, TimeProvider time) =>
        (_name, _lookUp, _refresh, _time) = (name, lookUp, refresh.Ticks, time);

    /// <summary>How long an answer serves.</summary>
    private TimeSpan Refresh => new(Volatile.Read(ref _refresh));

    /// <summary>
    /// Every address, in the order in which to try them; empty if there never was one and nobody could tell within
    /// <paramref name="timeout"/>.
    /// </summary>
    public ValueTask<IPEndPoint[]> AddressesAsync(TimeSpan timeout)
    {
        var known = _addresses;
        var (age, refresh) = (Age(), Refresh);
        if (known is not null && age < refresh) return new ValueTask<IPEndPoint[]>(known);
        var asking = AskAgain();
        if (known is not null && (age < refresh * StaleAfter || asking.IsCompleted)) return new ValueTask<IPEndPoint[]>(_addresses!);
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
        while (!_isDisposed)
        {
            await AskAgain().ConfigureAwait(false);
            // Taken before what ends the pause is looked at.
            var token = _pause.Token;
            if (_isDisposed) return;
            var failure = _failure;
            if (failed != failure is not null) changed?.Invoke(_name, failure);
            failed = failure is not null;
            var refresh = Refresh;
            pause = !failed ? refresh : pause * 2 < refresh ? pause * 2 : refresh;
            // A tenth more or less, so that many names are not asked for at once for ever.
            await Task.Delay(pause * (0.9 + 0.2 * Random.Shared.NextDouble()), _time, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!failed) pause = AgainAfter;
        }
    }

    /// <summary>Answers serve for <paramref name="refresh"/> from now on, also the last one. One that is kept fresh is asked for now.</summary>
    public void Use(TimeSpan refresh)
    {
        Volatile.Write(ref _refresh, refresh.Ticks);
        EndPause();
    }

    /// <summary>Ends what keeps it fresh.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        EndPause();
    }

    private void EndPause() => Interlocked.Exchange(ref _pause, new CancellationTokenSource()).Cancel();

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
