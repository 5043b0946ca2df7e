using System.Diagnostics.CodeAnalysis;
using System.Net;
using SniForward.Securing;
using SniForward.Selecting;

namespace SniForward.Startup.Configuration;

/// <summary>Reads <c>tls</c> of a <c>[backend.NAME]</c>.</summary>
internal static class ConfigOrigination
{
    private const string AnOrigination = "true or { ca = \"ca.pem\", server_name = \"api.internal\" }";

    /// <summary>Null: its servers get no TLS of their own, or it was refused.</summary>
    /// <param name="backend">The backend's section.</param>
    /// <param name="servers">Its servers.</param>
    /// <param name="certificates">Reads files.</param>
    public static TlsOrigination? Read(ConfigSection backend, IReadOnlyList<ServerSettings> servers, ConfigCertificates certificates)
    {
        var section = backend.TableOrNull("tls");
        if (section is null && !backend.Boolean("tls", otherwise: false, AnOrigination))
            return null;

        bool verify = section?.Boolean("verify", otherwise: true) ?? true;
        if (verify && section?.Has("server_name") is not true && servers.Any(server => server.Address is not (IPEndPoint or DnsEndPoint)))
            backend.RefuseKey("tls", "a server on a unix socket has no name to verify; write tls = { server_name = \"api.internal\" }");
        return section is null ? new TlsOrigination() : Read(section, verify, certificates);
    }

    private static TlsOrigination Read(ConfigSection section, bool verify, ConfigCertificates certificates)
    {
        var authorities = certificates.ReadAuthorities(section, "ca");
        string? name = section.Value<string>("server_name", null!, TryName, "a host name");
        var own = certificates.Read(section, "client_certificate", "client_key", staplingKey: null);
        if (own.Count > 1)
            section.RefuseKey("client_certificate", "there can be only one");
        if (!verify && section.Has("ca"))
            section.RefuseKey("ca", "it is of no use with verify = false; remove one of the two");
        section.RefuseOtherKeys();
        return new TlsOrigination(authorities)
        {
            Verify = verify,
            ServerName = name,
            ClientCertificate = own is [var certificate, ..] ? certificate : null,
        };
    }

    private static bool TryName(string text, [MaybeNullWhen(false)] out string name, [NotNullWhen(false)] out string? error)
    {
        name = text;
        error = ConfigAddresses.IsDnsName(text) || ConfigAddresses.TryIP(text, out _) ? null
            : $"\"{text}\" is neither a host name nor an IP address; write \"api.internal\"";
        return error is null;
    }
}
