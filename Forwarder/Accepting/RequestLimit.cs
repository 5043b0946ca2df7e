using System.Net;

namespace SniForward.Accepting;

/// <summary>The rate of requests by client address, of one listener; clients are told apart as by <see cref="ClientLimits"/>.</summary>
/// <param name="perSecond">The most that one may send; above 0.</param>
/// <param name="burst">How many may come at once; at least 1.</param>
/// <param name="time">The clock.</param>
internal sealed class RequestLimit(double perSecond, double burst, TimeProvider time)
{
    private readonly ClientLimits _clients = new(maxOpen: 0, perSecond, burst, time);

    /// <summary>Whether it is the same limit.</summary>
    public bool Is(double otherPerSecond, double otherBurst) => (perSecond, burst) == (otherPerSecond, otherBurst);

    /// <summary>Counts a request: by how much it comes too soon, or zero.</summary>
    public TimeSpan Wait(IPAddress client)
    {
        _clients.TryEnter(client, out var wait);
        _clients.Leave(client);
        return wait;
    }
}
