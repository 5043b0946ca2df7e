using System.Net.Sockets;
using SniForward.Transport;
using SniForward.Transport.Tls;

namespace SniForward.Selecting;

/// <summary>How the attempt to reach one server ended.</summary>
/// <param name="End">What it comes to if it is the only one.</param>
/// <param name="IsServers">Whether a failure is the server's, and counts against its health.</param>
/// <param name="Result">The socket, or the error.</param>
internal readonly record struct Attempt(DialEnd End, bool IsServers, SocketResult Result)
{
    /// <summary>It would have come back to this process.</summary>
    public static readonly Attempt Loop = new(DialEnd.Loop, IsServers: false, new SocketResult(null, SocketError.AccessDenied));

    /// <summary>None of its addresses may be dialled.</summary>
    public static readonly Attempt NotAllowed = new(DialEnd.NotAllowed, IsServers: false, new SocketResult(null, SocketError.AccessDenied));

    /// <summary>No time was left to try it.</summary>
    public static readonly Attempt OutOfTime = new(DialEnd.TimedOut, IsServers: false, new SocketResult(null, SocketError.TimedOut));

    /// <summary>Its name has no address.</summary>
    public static readonly Attempt NoAddress = new(DialEnd.Unreachable, IsServers: false, new SocketResult(null, SocketError.HostNotFound));

    /// <summary>What a TLS handshake without a socket means.</summary>
    public static Attempt Of(TlsFailure failure) => failure switch
    {
        TlsFailure.TimedOut => new(DialEnd.TimedOut, IsServers: true, new SocketResult(null, SocketError.TimedOut)),
        TlsFailure.Refused or TlsFailure.Aborted => new(DialEnd.Unreachable, IsServers: false, new SocketResult(null, SocketError.OperationAborted)),
        TlsFailure.PeerEnded => new(DialEnd.Unreachable, IsServers: true, new SocketResult(null, SocketError.ConnectionReset)),
        _ => new(DialEnd.Unreachable, IsServers: true, new SocketResult(null, SocketError.ProtocolNotSupported)),
    };

    /// <summary>What <paramref name="result"/> means.</summary>
    public static Attempt Of(SocketResult result) => result.Error switch
    {
        SocketError.Success => new(DialEnd.Connected, IsServers: true, result),
        SocketError.TimedOut => new(DialEnd.TimedOut, IsServers: true, result),
        SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable => new(DialEnd.NoDescriptor, IsServers: false, result),
        // The ports of this machine are used up, or the server is up but does not speak what it should.
        SocketError.AddressNotAvailable or SocketError.ProtocolNotSupported => new(DialEnd.Unreachable, IsServers: false, result),
        _ => new(DialEnd.Unreachable, IsServers: true, result),
    };
}
