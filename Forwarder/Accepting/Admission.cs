using System.Net;
using SniForward.Transport;

namespace SniForward.Accepting;

/// <summary>Who may come in: allow and deny lists, the process's limit, and limits by client.</summary>
/// <param name="allow">Networks that may connect; empty: all. A unix client has no address and is always allowed.</param>
/// <param name="deny">Networks that may not; they count before <paramref name="allow"/>.</param>
/// <param name="maxConnections">The most open connections of the process; 0: no limit.</param>
/// <param name="clients">The limits by client.</param>
internal sealed class Admission(IReadOnlyList<IPNetwork> allow, IReadOnlyList<IPNetwork> deny, int maxConnections, ClientLimits clients)
{
    private readonly bool _asksForClient = allow.Count > 0 || deny.Count > 0 || clients.Enabled;
    private int _open;

    /// <summary>
    /// Decides on a new connection. One that is admitted or over its client's limit is counted, and
    /// <see cref="Leave"/> must be called at its end with <paramref name="counted"/>, the address it is counted by.
    /// </summary>
    public AdmissionVerdict Enter(ISocket client, out IPAddress? counted)
    {
        counted = _asksForClient ? (client.RemoteEndPoint as IPEndPoint)?.Address : null;
        if (counted is not null && !IsAllowed(counted)) return AdmissionVerdict.Denied;
        // Without a limit nobody counts: the count is shared by every core.
        if (maxConnections > 0 && Interlocked.Increment(ref _open) > maxConnections)
        {
            Interlocked.Decrement(ref _open);
            return AdmissionVerdict.ProcessLimit;
        }
        if (counted is null || !clients.Enabled || clients.TryEnter(counted)) return AdmissionVerdict.Admitted;
        return AdmissionVerdict.ClientLimit;
    }

    public void Leave(IPAddress? counted)
    {
        if (maxConnections > 0) Interlocked.Decrement(ref _open);
        if (clients.Enabled && counted is not null) clients.Leave(counted);
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
