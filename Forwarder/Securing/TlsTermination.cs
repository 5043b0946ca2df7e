using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace SniForward.Securing;

/// <summary>How the TLS of a route's clients ends here. Immutable.</summary>
internal sealed class TlsTermination
{
    // One for each certificate of the route and kind of client; SslStream copies what it is given, so that connections share them.
    private readonly ConcurrentDictionary<(ServerCertificate Certificate, bool Tls13), SslServerAuthenticationOptions> _options = [];
    private readonly List<SslApplicationProtocol> _alpn = [];
    private readonly X509ChainPolicy? _clientPolicy;

    /// <param name="certificates">What it may show.</param>
    /// <param name="clientAuthorities">Who issues the certificates of clients; null: these are not asked for any.</param>
    public TlsTermination(CertificateStore certificates, X509Certificate2Collection? clientAuthorities = null)
    {
        Certificates = certificates;
        if (clientAuthorities is not null) _clientPolicy = TrustedRoots.PolicyOf(clientAuthorities);
    }

    /// <summary>What it may show.</summary>
    public CertificateStore Certificates { get; }

    /// <summary>The versions that are spoken.</summary>
    public SslProtocols Protocols { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>
    /// The protocols that are spoken inside, the best first; none: that is not negotiated. A client that offers others only
    /// is refused (RFC 7301 §3.2), one that offers none is not.
    /// </summary>
    public IReadOnlyList<SslApplicationProtocol> Alpn
    {
        get => _alpn;
        init => _alpn = [.. value];
    }

    /// <summary>Whether clients show a certificate; only of use with their authorities.</summary>
    public ClientAuth ClientAuth { get; init; }

    /// <summary>Whether the first request inside, if it is HTTP, must be for a host of the same route.</summary>
    public bool HostMustMatch { get; init; } = true;

    /// <summary>What the handshake with a client takes; shared, and not to be changed. Allocates only for a certificate's first.</summary>
    /// <param name="name">The normalised name that the client asks for; empty: none.</param>
    /// <param name="offersEcdsa">Whether its ClientHello offers an ECDSA signature.</param>
    /// <param name="offersTls13">Whether it offers TLS 1.3.</param>
    public SslServerAuthenticationOptions OptionsFor(ReadOnlySpan<char> name, bool offersEcdsa, bool offersTls13 = false) => _options.GetOrAdd(
        (Certificates.Find(name, offersEcdsa), offersTls13), static (key, termination) => termination.NewOptions(key.Certificate, key.Tls13), this);

    private SslServerAuthenticationOptions NewOptions(ServerCertificate certificate, bool tls13) => new()
    {
        ServerCertificateContext = certificate.Context,
        // .NET keeps no sessions where suites are chosen, as they must be for TLS 1.2 alone. Who offers 1.3 speaks it.
        EnabledSslProtocols = tls13 ? SslProtocols.Tls13 : Protocols,
        CipherSuitesPolicy = tls13 ? null : CipherSuites.Policy,
        ApplicationProtocols = _alpn.Count > 0 ? _alpn : null,
        AllowRenegotiation = false,
        // Routes share certificates, and with them sessions: one that another route began would say nothing of this one's
        // clients (as in nginx, CVE-2025-23419).
        AllowTlsResume = _clientPolicy is null,
        ClientCertificateRequired = ClientAuth is not ClientAuth.None,
        CertificateChainPolicy = _clientPolicy,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = ClientAuth is ClientAuth.Request ? IsGoodOrAbsent : null,
    };

    private static bool IsGoodOrAbsent(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        errors is SslPolicyErrors.None || (certificate is null && errors is SslPolicyErrors.RemoteCertificateNotAvailable);
}
