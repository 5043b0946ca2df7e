using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace SniForward.Selecting;

/// <summary>
/// Host names to addresses, by the system's resolver, so that hosts files and name services count. An answer serves
/// for one second, so that a busy backend asks once a second and a changed record is noticed within one.
/// Only names from the configuration are asked for, which bounds what is kept.
/// </summary>
internal sealed class Resolver(TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Answer> _answers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Every address of <paramref name="host"/>, in the resolver's order; empty if it has none or nobody could tell in time.</summary>
    public async ValueTask<IPAddress[]> ResolveAsync(string host, TimeSpan timeout)
    {
        if (_answers.TryGetValue(host, out var answer) && time.GetElapsedTime(answer.At) < Fresh) return answer.Addresses;
        try
        {
            using var deadline = new CancellationTokenSource(timeout, time);
            var addresses = await Dns.GetHostAddressesAsync(host, deadline.Token).ConfigureAwait(false);
            _answers[host] = new Answer(addresses, time.GetTimestamp());
            return addresses;
        }
        catch (SocketException)
        {
            return [];
        }
        catch (OperationCanceledException)
        {
            return [];
        }
    }

    private sealed record Answer(IPAddress[] Addresses, long At);
}
