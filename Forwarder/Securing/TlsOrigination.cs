using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace SniForward.Securing;

/// <summary>How TLS to the servers of a backend begins here. Immutable but for its certificate, which is renewed.</summary>
internal sealed class TlsOrigination
{
    private readonly X509Certificate2Collection? _authorities;
    private readonly X509ChainPolicy _policy;
    private ServerCertificate? _clientCertificate;

    /// <param name="authorities">Who issues the servers' certificates; null: whom the system trusts.</param>
    public TlsOrigination(X509Certificate2Collection? authorities = null)
    {
        _authorities = authorities;
        _policy = TrustedRoots.PolicyOf(authorities);
    }

    /// <summary>Whether a server must prove who it is; if not, any certificate will do, of anybody.</summary>
    public bool Verify { get; init; } = true;

    /// <summary>The name that every server's certificate must have, and that it is asked for by SNI; null: the server's host.</summary>
    public string? ServerName { get; init; }

    /// <summary>What is shown to servers that ask for a certificate; null: none.</summary>
    public ServerCertificate? ClientCertificate
    {
        get => Volatile.Read(ref _clientCertificate);
        init => _clientCertificate = value;
    }

    /// <summary>Whether another is the same for every server.</summary>
    public bool IsLike(TlsOrigination other) =>
        (Verify, ServerName, ClientCertificate) == (other.Verify, other.ServerName, other.ClientCertificate)
        && TrustedRoots.AreSame(_authorities, other._authorities);

    /// <summary>Shows another certificate from now on, if it was <paramref name="old"/> that it showed.</summary>
    public void Use(ServerCertificate old, ServerCertificate renewed)
    {
        if (ClientCertificate == old) Volatile.Write(ref _clientCertificate, renewed);
    }

    /// <summary>What the handshake with a server takes; it may be shared by connections with the same host and protocol.</summary>
    /// <param name="host">The server's host name or address; not used if there is a <see cref="ServerName"/>.</param>
    /// <param name="protocol">What is spoken inside, if the client negotiated that; default: it is not negotiated.</param>
    public SslClientAuthenticationOptions OptionsFor(string host, SslApplicationProtocol protocol = default) => new()
    {
        TargetHost = ServerName ?? host,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CipherSuitesPolicy = CipherSuites.Policy,
        ApplicationProtocols = protocol.Protocol.IsEmpty ? null : [protocol],
        AllowRenegotiation = false,
        ClientCertificateContext = ClientCertificate?.Context,
        CertificateChainPolicy = _policy,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = IsAccepted,
    };

    private bool IsAccepted(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) => !Verify || errors is SslPolicyErrors.None;
}
