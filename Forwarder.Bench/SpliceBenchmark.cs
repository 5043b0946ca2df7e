using System.Net;
using System.Net.Sockets;
using BenchmarkDotNet.Attributes;
using SniForward.Splicing;
using SniForward.Telemetry.Metrics;
using SniForward.Transport.Sockets;

namespace SniForward.Bench;

/// <summary>One exchange over a connection that is spliced already: a request up, an answer of the same size down.</summary>
[MemoryDiagnoser]
public class SpliceBenchmark
{
    private readonly Socket _client = NewSocket();
    private Socket _server = NewSocket();
    private byte[] _bytes = [];
    private byte[] _received = [];
    private Task _running = Task.CompletedTask;

    [Params(100, 4 * 1024, 64 * 1024)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Connect()
    {
        var transport = new SocketsTransport(TimeProvider.System);
        _bytes = new byte[Size];
        _received = new byte[Size];
        using var servers = NewSocket();
        servers.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        servers.Listen();
        using var acceptor = transport.Listen(new IPEndPoint(IPAddress.Loopback, 0));

        _client.Connect(acceptor.LocalEndPoint);
        var inbound = acceptor.AcceptAsync().AsTask().GetAwaiter().GetResult().Socket;
        var outbound = transport.ConnectAsync(servers.LocalEndPoint ?? acceptor.LocalEndPoint, TimeSpan.FromSeconds(5), default, default).AsTask().GetAwaiter().GetResult().Socket;
        _server = servers.Accept();
        _server.NoDelay = true;
        if (inbound is null || outbound is null) throw new InvalidOperationException("Loopback does not connect.");
        var watch = transport.Time.CreateTimer(static _ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var ended = new TaskCompletionSource();
        var splice = new Splice(transport.Time, watch, static (owner, _) => ((TaskCompletionSource)owner).SetResult(), ended);
        _running = ended.Task;
        splice.Start(inbound, outbound, new SpliceLimits(TimeSpan.FromHours(1), TimeSpan.FromMinutes(1), 0, 0), 0, new FlowTally());
    }

    [GlobalCleanup]
    public void Close()
    {
        _client.Dispose();
        _server.Dispose();
        _running.Wait();
    }

    /// <summary>The same exchange without a forwarder between would cost half of this.</summary>
    [Benchmark]
    public void Exchange()
    {
        Pass(_client, _server);
        Pass(_server, _client);
    }

    private void Pass(Socket from, Socket to)
    {
        for (var sent = 0; sent < Size;) sent += from.Send(_bytes, sent, Size - sent, SocketFlags.None);
        for (var received = 0; received < Size;) received += to.Receive(_received, received, Size - received, SocketFlags.None);
    }

    private static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
}
