using SniForward.Bench.Load;

namespace SniForward.Bench.Compare;

/// <summary>HAProxy in TCP mode, and in HTTP mode for HTTP. Tuned, it splices, with large pipes, and its buffers are of 64 KiB.</summary>
internal sealed class HaproxyPeer(string binary, bool tuned) : Peer(PeerName, tuned ? Tuned : AsInstalled)
{
    public const string PeerName = "haproxy";

    private const string TunedGlobal = """
            tune.pipesize 1048576
            tune.bufsize 65536
            tune.maxrewrite 1024
        """;

    private const string TunedDefaults = """
            option splice-auto
            option splice-request
            option splice-response
        """;

    public override bool EndsTls => true;

    public override bool RoutesRequests => true;

    public override IReadOnlyList<string> Prepare(string folder, PeerPorts ports)
    {
        // Under this name without its last part it finds both.
        var site = Path.ChangeExtension(SiteCertificates.Write(folder, Hello.ExchangeName, Hello.BulkName).Rsa, null);
        return [binary, "-db", "-f", Write(folder, "haproxy.cfg", Configuration(ports, site))];
    }

    private string Configuration(PeerPorts ports, string site) => $"""
        global
            nbthread 1
            maxconn {OpenFilesLimit.ProxyConnections}
        {(tuned ? TunedGlobal : "")}

        defaults
            mode tcp
            timeout connect 5s
            timeout client 1h
            timeout server 1h
        {(tuned ? TunedDefaults : "")}

        frontend tls
            bind 127.0.0.1:{ports.Listen.First}
            bind 127.0.0.1:{ports.Listen.Second}
            maxconn {OpenFilesLimit.ProxyConnections}
            tcp-request inspect-delay 5s
            tcp-request content accept if {"{ req.ssl_hello_type 1 }"}
            use_backend sub1 if {"{ req.ssl_sni -i sub1.xyz.com }"}
            use_backend sub2 if {"{ req.ssl_sni -i sub2.xyz.com }"}
            default_backend others

        frontend ending
            bind 127.0.0.1:{ports.Tls} ssl crt {site}
            maxconn {OpenFilesLimit.ProxyConnections}
            use_backend sub2 if {"{ ssl_fc_sni -i sub2.xyz.com }"}
            default_backend sub1

        frontend http
            mode http
            bind 127.0.0.1:{ports.Http.Listen}
            maxconn {OpenFilesLimit.ProxyConnections}
            use_backend http2 if {"{ req.hdr(host) -i sub2.xyz.com }"}
            default_backend http1

        backend http1
            mode http
            http-reuse safe
            server http1 127.0.0.1:{ports.Http.Exchange}

        backend http2
            mode http
            http-reuse safe
            server http2 127.0.0.1:{ports.Http.Bulk}

        backend sub1
            server sub1 127.0.0.1:{ports.Exchange.Named}

        backend sub2
            server sub2 127.0.0.1:{ports.Bulk}

        backend others
            server others 127.0.0.1:{ports.Exchange.Default}

        """;
}
