using System.Collections.Frozen;
using System.Net;
using System.Net.NetworkInformation;

namespace SniForward.Selecting;

/// <summary>
/// The addresses that this process listens on. A connection to one of them would come back as a new one, and again, until
/// no descriptor is left.
/// </summary>
internal sealed class OwnAddresses : IDisposable
{
    private readonly Lock _lock = new();
    private volatile EndPoint[] _listeners = [];
    private volatile FrozenSet<IPAddress> _ofMachine = [];
    private bool _isWatching;

    /// <summary>These are the listeners' addresses from now on.</summary>
    public void Use(IEnumerable<EndPoint> listeners)
    {
        lock (_lock)
        {
            _listeners = [.. listeners];
            if (_isWatching || !_listeners.Any(local => local is IPEndPoint { Address: var address } && IsAny(address))) return;
            _isWatching = true;
            NetworkChange.NetworkAddressChanged += Refresh;
            Refresh(null, EventArgs.Empty);
        }
    }

    /// <summary>Whether a connection to <paramref name="remote"/> comes back here.</summary>
    public bool Contains(EndPoint remote)
    {
        foreach (var listener in _listeners)
        {
            if (listener is IPEndPoint own && remote is IPEndPoint there)
            {
                if (own.Port == there.Port && Reaches(own.Address, there.Address)) return true;
            }
            else if (listener.Equals(remote))
            {
                return true;
            }
        }
        return false;
    }

    public void Dispose()
    {
        if (_isWatching) NetworkChange.NetworkAddressChanged -= Refresh;
    }

    private bool Reaches(IPAddress listening, IPAddress dialled)
    {
        if (dialled.IsIPv4MappedToIPv6) dialled = dialled.MapToIPv4();
        if (listening.Equals(dialled)) return true;
        // [::] is for both families; an unspecified address is dialled as this machine's own.
        if (!IsAny(listening) && !IsAny(dialled)) return false;
        if (!IsAny(listening)) return IPAddress.IsLoopback(listening);
        if (listening.AddressFamily != dialled.AddressFamily && !listening.Equals(IPAddress.IPv6Any)) return false;
        return IsAny(dialled) || IPAddress.IsLoopback(dialled) || _ofMachine.Contains(dialled);
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private void Refresh(object? sender, EventArgs e)
    {
        try
        {
            _ofMachine = NetworkInterface.GetAllNetworkInterfaces()
                .SelectMany(network => network.GetIPProperties().UnicastAddresses)
                .Select(unicast => unicast.Address)
                .ToFrozenSet();
        }
        catch (NetworkInformationException)
        {
            // The system does not tell: those that were known still count.
        }
    }
}
