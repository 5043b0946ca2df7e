using SniForward.Peeking;
using SniForward.Selecting;
using SniForward.Telemetry;
using SniForward.Transport.Tls;

namespace SniForward;

/// <summary>Why a connection is refused, by how a stage answered.</summary>
internal static class RefusalReason
{
    /// <summary>What a peek's answer means; null if the connection goes on.</summary>
    /// <param name="answer">How the peek ended.</param>
    /// <param name="accepted">What the listener accepts.</param>
    public static ConnectionEnd? Of(PeekAnswer answer, Protocols accepted) => answer switch
    {
        PeekAnswer.Found or PeekAnswer.NoName or PeekAnswer.AwaitsServer => null,
        PeekAnswer.NotMine when accepted.HasFlag(Protocols.Any) => null,
        PeekAnswer.NotMine => ConnectionEnd.NotRecognised,
        PeekAnswer.Malformed => ConnectionEnd.Malformed,
        PeekAnswer.TooLarge => ConnectionEnd.TooLarge,
        PeekAnswer.NoMemory => ConnectionEnd.PeekMemory,
        PeekAnswer.NotAccepted => ConnectionEnd.ProtocolNotAccepted,
        PeekAnswer.Ended => ConnectionEnd.ClientEndedEarly,
        PeekAnswer.Reset => ConnectionEnd.ClientResetEarly,
        PeekAnswer.TimedOut => ConnectionEnd.PeekTimeout,
        _ => throw new InvalidOperationException($"A peek does not end in {answer}."),
    };

    /// <summary>What a handshake without a socket means.</summary>
    public static ConnectionEnd Of(TlsFailure failure) => failure switch
    {
        TlsFailure.Refused => ConnectionEnd.HandshakesFull,
        TlsFailure.TimedOut => ConnectionEnd.TlsTimeout,
        TlsFailure.PeerEnded => ConnectionEnd.ClientEndedEarly,
        TlsFailure.Aborted => ConnectionEnd.Drained,
        _ => ConnectionEnd.TlsFailed,
    };

    /// <summary>What a dial without a socket means.</summary>
    public static ConnectionEnd Of(DialEnd end) => end switch
    {
        DialEnd.Full => ConnectionEnd.BackendFull,
        DialEnd.Down => ConnectionEnd.BackendDown,
        DialEnd.ClientLeft => ConnectionEnd.ClientLeft,
        DialEnd.Loop => ConnectionEnd.Loop,
        DialEnd.NotAllowed => ConnectionEnd.AddressNotAllowed,
        DialEnd.NoDescriptor => ConnectionEnd.NoDescriptor,
        DialEnd.TimedOut => ConnectionEnd.BackendTimeout,
        _ => ConnectionEnd.BackendUnreachable,
    };
}
