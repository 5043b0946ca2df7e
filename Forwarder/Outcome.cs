using System.Net.Sockets;
using SniForward.Selecting;
using SniForward.Transport.Tls;

namespace SniForward;

/// <summary>How metrics call the ways in which a stage can end: a few words each.</summary>
internal static class Outcome
{
    /// <summary>How an attempt to reach a server ended.</summary>
    public static string Of(in Attempt attempt) => attempt.End switch
    {
        DialEnd.Connected => "ok",
        DialEnd.TimedOut => "timed_out",
        DialEnd.Loop => "loop",
        DialEnd.NotAllowed => "not_allowed",
        DialEnd.NoDescriptor => "no_descriptor",
        _ => attempt.Result.Error switch
        {
            SocketError.ConnectionRefused => "refused",
            SocketError.ConnectionReset => "reset",
            SocketError.HostNotFound => "no_address",
            SocketError.NetworkUnreachable or SocketError.HostUnreachable => "unreachable",
            SocketError.ProtocolNotSupported => "tls_failed",
            _ => "failed",
        },
    };

    /// <summary>How a handshake ended.</summary>
    public static string Of(TlsFailure failure) => failure switch
    {
        TlsFailure.None => "ok",
        TlsFailure.Refused => "refused",
        TlsFailure.TimedOut => "timed_out",
        TlsFailure.PeerEnded => "peer_ended",
        TlsFailure.Aborted => "aborted",
        _ => "failed",
    };
}
