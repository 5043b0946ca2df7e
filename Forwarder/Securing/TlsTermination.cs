using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using SniForward.Peeking;

namespace SniForward.Securing;

/// <summary>How the TLS of a route's clients ends here. Immutable but for its certificates, which are renewed.</summary>
internal sealed class TlsTermination
{
    // Above all that SslProtocols has a meaning for.
    private const int FirstFreeProtocolBit = 16;
    private const int MostTicketKeys = 1 << 14;

    private readonly List<SslApplicationProtocol> _alpn = [];
    private readonly X509Certificate2Collection? _clientAuthorities;
    private readonly X509ChainPolicy? _clientPolicy;
    private Shown _shown;

    /// <param name="certificates">What it may show.</param>
    /// <param name="clientAuthorities">Who issues the certificates of clients; null: these are not asked for any.</param>
    public TlsTermination(CertificateStore certificates, X509Certificate2Collection? clientAuthorities = null)
    {
        _shown = new Shown(certificates, ticketKeys: 0);
        _clientAuthorities = clientAuthorities;
        if (clientAuthorities is not null) _clientPolicy = TrustedRoots.PolicyOf(clientAuthorities);
    }

    /// <summary>What it may show.</summary>
    public CertificateStore Certificates => Volatile.Read(ref _shown).Certificates;

    /// <summary>The exact hosts of its route, normalised, which its certificates are for.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Whether each of its certificates is for every host, as a route's own are; else one for each host is enough.</summary>
    public bool EachCoversAll { get; init; }

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

    /// <summary>Whether another is the same for every client: it shows the same certificates, trusts the same authorities and speaks the same.</summary>
    public bool IsLike(TlsTermination other) =>
        Certificates.All.SequenceEqual(other.Certificates.All) && TrustedRoots.AreSame(_clientAuthorities, other._clientAuthorities)
        && Hosts.SequenceEqual(other.Hosts) && Alpn.SequenceEqual(other.Alpn)
        && (EachCoversAll, Protocols, ClientAuth, HostMustMatch) == (other.EachCoversAll, other.Protocols, other.ClientAuth, other.HostMustMatch);

    /// <summary>The first host that it would have no certificate for if one were renewed to another; null: there is none.</summary>
    public string? FirstUncovered(ServerCertificate old, ServerCertificate renewed)
    {
        var all = Certificates.All;
        if (!all.Contains(old)) return null;
        return Hosts.FirstOrDefault(host => old.Covers(host) && !renewed.Covers(host)
            && (EachCoversAll || !all.Any(other => other != old && other.Covers(host))));
    }

    /// <summary>Shows others from now on; handshakes that have begun go on with what they have.</summary>
    public void Use(CertificateStore certificates)
    {
        if (certificates != Certificates) Volatile.Write(ref _shown, new Shown(certificates, _shown.TicketKeys));
    }

    /// <summary>Encrypts session tickets by other keys from now on, on Linux; tickets by those of before resume nothing any more.</summary>
    /// <param name="number">Which keys; the same number stands for the same keys wherever the certificate is the same, for as long as the process lives.</param>
    public void UseTicketKeys(int number)
    {
        var keys = number % MostTicketKeys;
        if (keys != _shown.TicketKeys) Volatile.Write(ref _shown, new Shown(_shown.Certificates, keys));
    }

    /// <summary>What the handshake with a client takes; shared, and not to be changed. Allocates only for a certificate's first.</summary>
    /// <param name="name">The normalised name that the client asks for; empty: none.</param>
    /// <param name="offer">What its ClientHello offers.</param>
    public SslServerAuthenticationOptions OptionsFor(ReadOnlySpan<char> name, in TlsOffer offer)
    {
        var shown = Volatile.Read(ref _shown);
        var certificate = shown.Certificates.Find(name, offer.Ecdsa);
        return shown.Options.GetOrAdd(
            (certificate, SuitesFor(certificate, offer)),
            static (key, by) => by.Termination.NewOptions(key.Certificate, key.Suites, by.TicketKeys),
            (Termination: this, shown.TicketKeys));
    }

    /// <summary>.NET keeps no sessions where suites are chosen, which is why they are only for who could be given a weak one else.</summary>
    private static Suites SuitesFor(ServerCertificate certificate, in TlsOffer offer)
    {
        if (offer.Tls13) return Suites.Tls13;
        // OpenSSL goes by the server's order, and those with AES-GCM come first, in .NET's list as in its own.
        var hasGcm = certificate.IsEcdsa ? offer.EcdsaGcm : offer.RsaGcm;
        return hasGcm && OperatingSystem.IsLinux() ? Suites.Gcm : Suites.Chosen;
    }

    private SslServerAuthenticationOptions NewOptions(ServerCertificate certificate, Suites suites, int ticketKeys) => new()
    {
        ServerCertificateContext = certificate.Context,
        // Who offers 1.3 speaks it.
        EnabledSslProtocols = WithTicketKeys(suites is Suites.Tls13 ? SslProtocols.Tls13 : Protocols, ticketKeys),
        CipherSuitesPolicy = suites is Suites.Chosen ? CipherSuites.Policy : null,
        ApplicationProtocols = _alpn.Count > 0 ? _alpn : null,
        AllowRenegotiation = false,
        // Routes share certificates, and with them sessions: one that another route began would say nothing of this one's
        // clients (as in nginx, CVE-2025-23419).
        AllowTlsResume = _clientPolicy is null,
        ClientCertificateRequired = ClientAuth is not ClientAuth.None,
        CertificateChainPolicy = _clientPolicy,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = ClientVerification.For(ClientAuth),
    };

    /// <summary>
    /// OpenSSL draws ticket keys for each SSL_CTX, and .NET keeps one of these in the process for the same certificates and
    /// protocols (SslContextCacheKey), with no way to drop it. Bits without a meaning make them others.
    /// </summary>
#pragma warning disable CA5397 // No version is added.
    private static SslProtocols WithTicketKeys(SslProtocols protocols, int ticketKeys) =>
        OperatingSystem.IsLinux() ? protocols | (SslProtocols)(ticketKeys << FirstFreeProtocolBit) : protocols;
#pragma warning restore CA5397

    /// <summary>What decides about the cipher suite of a client.</summary>
    private enum Suites
    {
        /// <summary>TLS 1.3, which has none but good ones.</summary>
        Tls13,

        /// <summary>TLS 1.2 with one of AES-GCM, which the client offers.</summary>
        Gcm,

        /// <summary>Our own choice.</summary>
        Chosen,
    }

    /// <summary>Certificates with what was made of them, so that they change as one.</summary>
    private sealed class Shown(CertificateStore certificates, int ticketKeys)
    {
        public CertificateStore Certificates { get; } = certificates;

        /// <summary>Which keys tickets are encrypted by.</summary>
        public int TicketKeys { get; } = ticketKeys;

        /// <summary>One for each certificate and kind of client; SslStream copies what it is given, so that connections share them.</summary>
        public ConcurrentDictionary<(ServerCertificate Certificate, Suites Suites), SslServerAuthenticationOptions> Options { get; } = [];
    }
}
