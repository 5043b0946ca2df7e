using System.Net;
using SniForward.Routing;

namespace SniForward.Accepting;

/// <summary>Which networks may connect, and how many connections there may be. Immutable.</summary>
/// <param name="allow">Networks that may connect; empty: all. A unix client has no address and is always allowed.</param>
/// <param name="deny">Networks that may not. The most specific network of both that holds a client decides; one that is in both denies.</param>
/// <param name="maxConnections">The most open connections of the process; 0: no limit.</param>
internal sealed class AdmissionRules(IReadOnlyList<IPNetwork> allow, IReadOnlyList<IPNetwork> deny, int maxConnections)
{
    private const int Denied = 0;
    private const int Allowed = 1;

    private readonly NetworkTable _networks = new([.. allow.Select(network => (network, Allowed)), .. deny.Select(network => (network, Denied))]);
    private readonly bool _allowsOthers = allow.Count == 0;

    public int MaxConnections => maxConnections;

    /// <summary>Whether any network is named.</summary>
    public bool HasNetworks => !_networks.IsEmpty;

    /// <summary>Whether a client may connect.</summary>
    public bool Allows(IPAddress address) => _networks.Find(address) switch
    {
        Allowed => true,
        Denied => false,
        _ => _allowsOthers,
    };
}
