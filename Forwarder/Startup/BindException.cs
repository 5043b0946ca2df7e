using System.Net;
using System.Net.Sockets;
using SniForward.Selecting;

namespace SniForward.Startup;

/// <summary>An address cannot be bound. The message is one line that says whose, why, and what to do.</summary>
/// <param name="who">As the message begins: a listener, or the admin listener.</param>
/// <param name="address">What it was to listen on.</param>
/// <param name="cause">Why it cannot.</param>
internal sealed class BindException(string who, EndPoint address, SocketException cause)
    : Exception($"{who} cannot listen on {Server.NameOf(address)}: {Why(cause, address)}", cause)
{
    private static string Why(SocketException cause, EndPoint address) => cause.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse when address is IPEndPoint ip =>
            $"the port is in use; see who has it with \"ss -ltnp 'sport = :{ip.Port}'\", or bind another",
        SocketError.AddressAlreadyInUse => "another process listens on this socket; stop it, or bind another path",
        SocketError.AccessDenied when address is IPEndPoint { Port: < 1024 } =>
            "ports below 1024 need a privilege; run with CAP_NET_BIND_SERVICE, or bind a higher port",
        SocketError.AccessDenied => "permission denied; check the directory's owner and mode",
        SocketError.AddressNotAvailable => "no interface of this machine has that address; check it with \"ip addr\"",
        SocketError.AddressFamilyNotSupported => "this machine has no IPv6; bind an IPv4 address such as 0.0.0.0",
        _ => cause.Message,
    };
}
