using System.Net.Security;
using System.Security.Authentication;
using SniForward.Peeking;
using SniForward.Securing;

namespace SniForward.Startup.Configuration;

/// <summary>Reads every <c>[[certificate]]</c>, and <c>tls</c> of a <c>[[route]]</c>.</summary>
internal sealed class ConfigTermination
{
    private const string Advice = "write tls = { certificate = \"fullchain.pem\", key = \"privkey.pem\" }";
    private const string ATermination = "true or { certificate = \"fullchain.pem\", key = \"privkey.pem\" }";

    private static readonly (string, SslProtocols)[] Versions =
        [("1.2", SslProtocols.Tls12 | SslProtocols.Tls13), ("1.3", SslProtocols.Tls13)];

    private static readonly (string, ClientAuth)[] ClientAuths = [("request", ClientAuth.Request), ("require", ClientAuth.Require)];

    private static readonly SslApplicationProtocol[] DefaultAlpn = [SslApplicationProtocol.Http11];

    private readonly ConfigCertificates _certificates;
    private readonly List<ServerCertificate> _shared = [];
    private readonly CertificateStore? _sharedStore;
    private readonly bool _isWhole;
    private readonly bool _hasShared;

    public ConfigTermination(ConfigSection root, ConfigCertificates certificates, ConfigErrors errors)
    {
        _certificates = certificates;
        int before = errors.Count;
        foreach (var section in root.Tables("certificate"))
        {
            _hasShared = true;
            if (!section.Has("certificate") && !section.Has("key") && !section.Has("password_file") && !section.Has("ocsp_stapling"))
                section.RefuseWithout("certificate", "write certificate = \"fullchain.pem\", key = \"privkey.pem\"");
            _shared.AddRange(certificates.Read(section));
            section.RefuseOtherKeys();
        }
        _isWhole = errors.Count == before;
        if (_shared.Count > 0)
            _sharedStore = new CertificateStore(_shared);
    }

    /// <summary>Null: TLS is passed through, or was refused.</summary>
    /// <param name="route">The route's section.</param>
    /// <param name="protocols">What its clients speak; none: anything.</param>
    /// <param name="hosts">Its hosts as the routing table takes them, and where they stand; those that were refused are not among them.</param>
    public TlsTermination? Read(ConfigSection route, Protocols protocols, IEnumerable<(ConfigText Text, string Host)> hosts)
    {
        var section = route.TableOrNull("tls");
        if (section is null && !route.Boolean("tls", otherwise: false, ATermination))
            return null;
        if (protocols != Protocols.None && !protocols.HasFlag(Protocols.Tls))
            route.RefuseKey("tls", "the protocol of this route is not TLS; add \"tls\" to it, or remove tls");

        var own = section is null ? [] : _certificates.Read(section);
        bool hasOwn = section?.Has("certificate") is true;
        if (!hasOwn && !_hasShared)
            route.RefuseKey("tls", $"there is no certificate; {Advice}, or a [[certificate]] for all routes");

        (ConfigText Text, string Host)[] exact = [.. hosts.Where(host => host.Host is not ['/', ..] and not ['*', ..])];
        if (hasOwn)
            RefuseUncovered(exact, own);
        else if (_hasShared && _isWhole)
            RefuseUncovered(exact);

        var store = !hasOwn ? _sharedStore : own.Count > 0 ? new CertificateStore(own) : null;
        string[] names = [.. exact.Select(host => host.Host)];
        if (section is not null)
            return ReadRules(section, store, names, hasOwn);
        return store is null ? null : new TlsTermination(store) { Alpn = DefaultAlpn, Hosts = names };
    }

    private TlsTermination? ReadRules(ConfigSection section, CertificateStore? store, string[] hosts, bool hasOwn)
    {
        var protocols = section.Choice("min_version", Versions[0].Item2, Versions);
        var alpn = section.Values<string>("alpn", ConfigValues.TryAlpn);
        var authorities = _certificates.ReadAuthorities(section, "client_ca");
        var clientAuth = section.Choice("client_auth", ClientAuth.Require, ClientAuths);
        if (section.Has("client_auth") && !section.Has("client_ca"))
            section.RefuseKey("client_auth", "it needs client_ca = \"ca.pem\", who issues the clients' certificates");
        bool hostMustMatch = section.Boolean("host_must_match", otherwise: true);
        section.RefuseOtherKeys();
        return store is null ? null : new TlsTermination(store, authorities)
        {
            Hosts = hosts,
            EachCoversAll = hasOwn,
            HostMustMatch = hostMustMatch,
            Protocols = protocols,
            Alpn = section.Has("alpn") ? [.. alpn.Select(name => new SslApplicationProtocol(name))] : DefaultAlpn,
            ClientAuth = authorities is null ? ClientAuth.None : clientAuth,
        };
    }

    private static void RefuseUncovered(IEnumerable<(ConfigText Text, string Host)> hosts, IReadOnlyList<ServerCertificate> certificates)
    {
        foreach (var (text, host) in hosts)
        {
            foreach (var certificate in certificates.Where(certificate => !certificate.Covers(host)))
                text.Refuse($"\"{text.Value}\" is not a name of its certificate \"{certificate.Source}\", which is for {certificate.NamesInShort}");
        }
    }

    private void RefuseUncovered(IEnumerable<(ConfigText Text, string Host)> hosts)
    {
        foreach (var (text, host) in hosts)
        {
            if (!_shared.Exists(certificate => certificate.Covers(host)))
                text.Refuse($"\"{text.Value}\" is a name of no [[certificate]]; add one for it, or {Advice}");
        }
    }
}
