namespace SniForward.Bench.Compare;

/// <summary>
/// Caddy, which is compared for HTTP alone. As installed it keeps 32 idle connections to a server; tuned, more than there are
/// clients, and its buffers are of 64 KiB.
/// </summary>
internal sealed class CaddyPeer(string binary, bool tuned) : Peer(PeerName, tuned ? Tuned : AsInstalled)
{
    public const string PeerName = "caddy";

    private const string TunedTransport = """
        {
                transport http {
                    keepalive_idle_conns 4096
                    keepalive_idle_conns_per_host 4096
                    read_buffer 64KiB
                    write_buffer 64KiB
                }
            }
        """;

    public override bool PassesTls => false;

    public override bool RoutesRequests => true;

    public override IReadOnlyList<string> Prepare(string folder, PeerPorts ports) =>
    [
        "env", "GOMAXPROCS=1", $"XDG_CONFIG_HOME={folder}", $"XDG_DATA_HOME={folder}",
        binary, "run", "--adapter", "caddyfile", "--config", Write(folder, "Caddyfile", Configuration(ports.Http)),
    ];

    private string Configuration(HttpPorts ports) => $$"""
        {
            admin off
            auto_https off
            log {
                level ERROR
            }
        }

        http://sub2.xyz.com:{{ports.Listen}} {
            bind 127.0.0.1
            reverse_proxy 127.0.0.1:{{ports.Bulk}} {{(tuned ? TunedTransport : "")}}
        }

        http://:{{ports.Listen}} {
            bind 127.0.0.1
            reverse_proxy 127.0.0.1:{{ports.Exchange}} {{(tuned ? TunedTransport : "")}}
        }

        """;
}
