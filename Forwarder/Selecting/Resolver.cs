using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace SniForward.Selecting;

/// <summary>
/// Host names to addresses, by the system's resolver, so that hosts files and name services count. Whoever asks while
/// an answer is under way waits for the same one, however slow: a name takes one thread at most. An answer serves for
/// one second. Only names from the configuration are asked for, which bounds what is kept.
/// </summary>
/// <param name="lookUp">Asks the system for all addresses of a name; throws <see cref="SocketException"/> if there are none.</param>
/// <param name="time">The clock by which answers age.</param>
internal sealed class Resolver(Func<string, Task<IPAddress[]>> lookUp, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Answer> _answers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Every address of <paramref name="host"/>, in the resolver's order; empty if it has none or nobody could tell in time.</summary>
    public async ValueTask<IPAddress[]> ResolveAsync(string host, TimeSpan timeout)
    {
        var answer = Current(host);
        if (answer.Addresses.IsCompletedSuccessfully) return await answer.Addresses.ConfigureAwait(false);
        try
        {
            return await answer.Addresses.WaitAsync(timeout, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return [];
        }
    }

    private Answer Current(string host)
    {
        while (true)
        {
            if (!_answers.TryGetValue(host, out var answer))
                answer = _answers.GetOrAdd(host, new Answer(host, lookUp, time));
            if (!answer.IsStale) return answer;
            _answers.TryUpdate(host, new Answer(host, lookUp, time), answer);
        }
    }

    /// <summary>One answer, asked for when it is first needed.</summary>
    private sealed class Answer(string host, Func<string, Task<IPAddress[]>> lookUp, TimeProvider time)
    {
        private readonly Lock _lock = new();
        private Task<IPAddress[]>? _addresses;
        private long _at;

        public Task<IPAddress[]> Addresses
        {
            get
            {
                lock (_lock) return _addresses ??= AskAsync();
            }
        }

        public bool IsStale => _addresses is { IsCompleted: true } && time.GetElapsedTime(Volatile.Read(ref _at)) >= Fresh;

        private async Task<IPAddress[]> AskAsync()
        {
            try
            {
                return await lookUp(host).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                return [];
            }
            finally
            {
                Volatile.Write(ref _at, time.GetTimestamp());
            }
        }
    }
}
