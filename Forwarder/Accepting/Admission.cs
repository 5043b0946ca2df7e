using System.Net;

namespace SniForward.Accepting;

/// <summary>Who may come in: allow and deny lists, the process's limit, and limits by client.</summary>
/// <param name="allow">Networks that may connect; empty: all. A unix client has no address and is always allowed.</param>
/// <param name="deny">Networks that may not; they count before <paramref name="allow"/>.</param>
/// <param name="maxConnections">The most open connections of the process; 0: no limit.</param>
/// <param name="clients">The limits by client.</param>
internal sealed class Admission(IReadOnlyList<IPNetwork> allow, IReadOnlyList<IPNetwork> deny, int maxConnections, ClientLimits clients)
{
    private int _open;

    /// <summary>
    /// Decides on a new connection. One that is admitted or over its client's limit is counted, and
    /// <see cref="Leave"/> must be called at its end.
    /// </summary>
    public AdmissionVerdict Enter(EndPoint client)
    {
        var address = (client as IPEndPoint)?.Address;
        if (address is not null && !IsAllowed(address)) return AdmissionVerdict.Denied;
        if (Interlocked.Increment(ref _open) > maxConnections && maxConnections > 0)
        {
            Interlocked.Decrement(ref _open);
            return AdmissionVerdict.ProcessLimit;
        }
        if (address is null || !clients.Enabled || clients.TryEnter(address)) return AdmissionVerdict.Admitted;
        return AdmissionVerdict.ClientLimit;
    }

    public void Leave(EndPoint client)
    {
        Interlocked.Decrement(ref _open);
        if (clients.Enabled && client is IPEndPoint ip) clients.Leave(ip.Address);
    }

    private bool IsAllowed(IPAddress address)
    {
        foreach (var network in deny)
        {
            if (network.Contains(address)) return false;
        }
        if (allow.Count == 0) return true;
        foreach (var network in allow)
        {
            if (network.Contains(address)) return true;
        }
        return false;
    }
}
