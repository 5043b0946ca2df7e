using SniForward.Bench.Load;

namespace SniForward.Bench.Compare;

/// <summary>SniForward, which has one setting: there is nothing to tune for this.</summary>
internal sealed class SniForwardPeer(string binary) : Peer(PeerName, AsInstalled)
{
    public const string PeerName = "sniforward";

    /// <summary>Whether the configuration may say how many threads there are; all peers are to use one.</summary>
    private const bool HasThreads = true;

    public override bool EndsTls => true;

    public override bool RoutesRequests => true;

    public override IReadOnlyList<string> Prepare(string folder, PeerPorts ports) =>
        [binary, "run", "--config", Write(folder, "forward.toml", Configuration(ports, SiteCertificates.Write(folder, Hello.ExchangeName, Hello.BulkName)))];

    private static string Configuration(PeerPorts ports, (string Rsa, string Ecdsa) site) => $$"""
        {{(HasThreads ? "threads = 1" : "")}}

        [[listener]]
        name = "passing"
        bind = ["127.0.0.1:{{ports.Listen.First}}", "127.0.0.1:{{ports.Listen.Second}}"]

        [[listener]]
        name = "ending"
        bind = "127.0.0.1:{{ports.Tls}}"

        [[listener]]
        name = "requests"
        bind = "127.0.0.1:{{ports.Http.Listen}}"
        http_routing = "request"

        [[certificate]]
        certificate = ["{{site.Rsa}}", "{{site.Ecdsa}}"]
        key = ["{{site.Rsa}}", "{{site.Ecdsa}}"]

        [[route]]
        hosts = ["sub1.xyz.com"]
        listeners = ["passing"]
        backend = "127.0.0.1:{{ports.Exchange.Named}}"

        [[route]]
        hosts = ["sub2.xyz.com"]
        listeners = ["passing"]
        backend = "127.0.0.1:{{ports.Bulk}}"

        [[route]]
        hosts = ["sub1.xyz.com"]
        listeners = ["ending"]
        tls = { host_must_match = false }
        backend = "127.0.0.1:{{ports.Exchange.Named}}"

        [[route]]
        hosts = ["sub2.xyz.com"]
        listeners = ["ending"]
        tls = { host_must_match = false }
        backend = "127.0.0.1:{{ports.Bulk}}"

        [[route]]
        hosts = ["sub2.xyz.com"]
        listeners = ["requests"]
        backend = "127.0.0.1:{{ports.Http.Bulk}}"

        [[route]]
        hosts = ["sub1.xyz.com"]
        listeners = ["requests"]
        backend = "127.0.0.1:{{ports.Http.Exchange}}"

        [default]
        backend = "127.0.0.1:{{ports.Exchange.Default}}"

        [timeouts]
        drain = "1s"

        [log]
        level = "warning"
        access = false

        """;
}
