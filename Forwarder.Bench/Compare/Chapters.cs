namespace SniForward.Bench.Compare;

/// <summary>What the report says of each group of workloads.</summary>
internal static class Chapters
{
    private const string TlsClients =
        "The client is OpenSSL's, on sockets that block; it offers AES-128-GCM alone, and one version. \"Tuned\" means the same as for TLS that passes through; sniproxy ends none. SniForward looks at no request inside (host_must_match = false), as the others look at none.";

    private static readonly Dictionary<string, (string Title, string Text)> All = new()
    {
        [Workload.Bulk] = ("Bulk transfers",
            "As many bytes as go through: from the origin (down), to it (up), and both ways at once on each connection."),
        [Workload.KeepAlive] = ("Small requests on open connections",
            "100 bytes up and 200 down, one request at a time on each connection."),
        [Workload.NewConnections] = ("New connections",
            "A ClientHello, an answer of 200 bytes, and the end; the next connection begins when one is over. Latencies are those of whole connections."),
        [Workload.Memory] = ("Memory of idle connections",
            "How much the proxy's resident memory (Pss) grows by each connection that has carried a hello and one exchange, in a process that is new but for 64 connections. Memory of the kernel is not in it."),
        [Workload.StartUp] = ("Start",
            "From the start of the process, with a millisecond or so for starting anything at all, to the first answer through it."),
        [Workload.Fairness] = ("Small requests beside bulk transfers",
            "The throughput is that of the bulk transfers. The load generator's own scheduling is in all of these latencies; the direct path shows how much of it there is when nothing else is the limit."),
        [Workload.Handshakes] = ("Handshakes of TLS that ends in the proxy",
            "Connections, 16 at once, each with a handshake, a hello to the origin inside it, an answer of 200 bytes, and the end. " + TlsClients),
        [Workload.Encrypted] = ("Traffic in TLS that ends in the proxy",
            "As above without TLS: bulk transfers to the client (down) and from it (up), small requests, and the memory of idle connections, here in a process of its own. TLS 1.3 with an ECDSA certificate. " + TlsClients),
        [Workload.Http] = ("HTTP, request by request",
            """
            Each request is routed by its Host, by SniForward with http_routing = "request", HAProxy in mode http, nginx with proxy_pass, Caddy and YARP; connections are kept on both sides. Small requests are GETs of about 100 bytes, with answers of 200 bytes and a head; bulk is bodies of 16 MiB with a Content-Length, one after the other on each connection. The memory is that of a kept connection on which one request has passed, in a process of its own.

            The warm-up takes 1 s, for YARP is compiled while it runs. Caddy and YARP are told that there is one processor; as installed they add X-Forwarded-For and the like, and Caddy keeps 32 idle connections to a server. nginx keeps 1,024 and has no limit of requests on a connection; as installed an upload goes to its disk before it goes to the server. "Tuned" means, besides the buffers of above, that nginx holds no bodies (proxy_buffering and proxy_request_buffering off), and that Caddy keeps as many connections to its servers as it needs, with buffers of 64 KiB.
            """),
        [Workload.Syscalls] = ("System calls",
            "Counted by strace in a run of its own, of which nothing else is used. Those of each name are in the CSV."),
    };

    public static string TitleOf(string group) => All[group].Title;

    public static string TextOf(string group) => All[group].Text;
}
