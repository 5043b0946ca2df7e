using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace SniForward.Selecting;

/// <summary>
/// Servers' names to addresses, by the system's resolver, so that hosts files and name services count. Whoever asks while
/// an answer is under way waits for the same one, however slow: a name takes one thread at most. An answer serves for
/// one second. Only names from the configuration are asked for, which bounds what is kept.
/// </summary>
/// <param name="lookUp">Asks the system for all addresses of a name; throws <see cref="SocketException"/> if there are none.</param>
/// <param name="time">The clock by which answers age.</param>
internal sealed class Resolver(Func<string, Task<IPAddress[]>> lookUp, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<DnsEndPoint, Answer> _answers = new();

    /// <summary>Every address of <paramref name="server"/>, in the resolver's order; empty if it has none or nobody could tell in time.</summary>
    public ValueTask<IPEndPoint[]> ResolveAsync(DnsEndPoint server, TimeSpan timeout)
    {
        var answer = Current(server);
        return answer.Addresses.IsCompletedSuccessfully
            ? new ValueTask<IPEndPoint[]>(answer.Addresses.Result)
            : new ValueTask<IPEndPoint[]>(WaitAsync(answer, timeout));
    }

    private async Task<IPEndPoint[]> WaitAsync(Answer answer, TimeSpan timeout)
    {
        try
        {
            return await answer.Addresses.WaitAsync(timeout, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return [];
        }
    }

    private Answer Current(DnsEndPoint server)
    {
        while (true)
        {
            if (!_answers.TryGetValue(server, out var answer))
                answer = _answers.GetOrAdd(server, new Answer(server, lookUp, time));
            if (!answer.IsStale) return answer;
            _answers.TryUpdate(server, new Answer(server, lookUp, time), answer);
        }
    }

    /// <summary>One answer, asked for when it is first needed.</summary>
    private sealed class Answer(DnsEndPoint server, Func<string, Task<IPAddress[]>> lookUp, TimeProvider time)
    {
        private readonly Lock _lock = new();
        private Task<IPEndPoint[]>? _addresses;
        private long _at;

        public Task<IPEndPoint[]> Addresses
        {
            get
            {
                lock (_lock) return _addresses ??= AskAsync();
            }
        }

        public bool IsStale => _addresses is { IsCompleted: true } && time.GetElapsedTime(Volatile.Read(ref _at)) >= Fresh;

        private async Task<IPEndPoint[]> AskAsync()
        {
            try
            {
                var addresses = await lookUp(server.Host).ConfigureAwait(false);
                return Array.ConvertAll(addresses, address => new IPEndPoint(address, server.Port));
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
