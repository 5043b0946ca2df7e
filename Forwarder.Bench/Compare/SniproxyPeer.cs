namespace SniForward.Bench.Compare;

/// <summary>sniproxy, which has one setting.</summary>
internal sealed class SniproxyPeer(string binary) : Peer(PeerName, AsInstalled)
{
    public const string PeerName = "sniproxy";

    public override IReadOnlyList<string> Prepare(string folder, PeerPorts ports) =>
        [binary, "-f", "-c", Write(folder, "sniproxy.conf", Configuration(folder, ports))];

    private static string Configuration(string folder, PeerPorts ports) => $$"""
        user root
        pidfile {{folder}}/sniproxy.pid

        error_log {
            filename {{folder}}/sniproxy.log
            priority error
        }

        listener 127.0.0.1:{{ports.Listen.First}} {
            protocol tls
            table routes
        }

        listener 127.0.0.1:{{ports.Listen.Second}} {
            protocol tls
            table routes
        }

        table routes {
            ^sub1\.xyz\.com$ 127.0.0.1:{{ports.Exchange.Named}}
            ^sub2\.xyz\.com$ 127.0.0.1:{{ports.Bulk}}
            .* 127.0.0.1:{{ports.Exchange.Default}}
        }

        """;
}
