using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace SniForward.Selecting.Names;

/// <summary>Servers' names to addresses, by the system's resolver, so that hosts files and name services count.</summary>
/// <param name="lookUp">Asks the system for all addresses of a name; throws <see cref="System.Net.Sockets.SocketException"/> if there are none.</param>
/// <param name="refresh">How long an answer serves at first. The system does not tell what the DNS said of that.</param>
/// <param name="time">The clock by which answers age.</param>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore that nobody waits for by a handle holds nothing.")]
internal sealed class Resolver(Func<string, Task<IPAddress[]>> lookUp, TimeSpan refresh, TimeProvider time)
{
    /// <summary>How many names are asked for at once, of the configuration and of clients each: one takes a thread while the system waits for an answer.</summary>
    private const int MostAtOnce = 32;

    private readonly SemaphoreSlim _kept = new(MostAtOnce);
    private readonly SemaphoreSlim _ofClients = new(MostAtOnce);

    /// <summary>How long the answers for names to come serve.</summary>
    public TimeSpan Refresh { get; set; } = refresh;

    /// <summary>Called with a kept name when it cannot be resolved any more, and why, and when it can again, with null.</summary>
    public Action<DnsEndPoint, string?>? Changed { get; init; }

    /// <summary>A name of the configuration, asked for now and then on, until it is disposed of.</summary>
    public ResolvedName Keep(DnsEndPoint name)
    {
        var kept = new ResolvedName(name, host => LookUpAsync(host, _kept), Refresh, time);
        _ = kept.KeepFreshAsync(Changed);
        return kept;
    }

    /// <summary>A name of a client, asked for when it is used.</summary>
    public ResolvedName Find(DnsEndPoint name) => new(name, host => LookUpAsync(host, _ofClients), Refresh, time);

    private async Task<IPAddress[]> LookUpAsync(string host, SemaphoreSlim turns)
    {
        await turns.WaitAsync().ConfigureAwait(false);
        try
        {
            return await lookUp(host).ConfigureAwait(false);
        }
        finally
        {
            turns.Release();
        }
    }
}
