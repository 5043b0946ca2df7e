using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using SniForward.Bench.Compare;
using SniForward.Bench.Load;
using SniForward.Securing;

namespace SniForward.Bench.Flood;

/// <summary>
/// SniForward with TLS that ends in it (an RSA key of 2048 bits), a server that echoes, open connections to it, and clients
/// that shake hands. The messages and the server have threads of their own, so that the flood's clients, which are on the thread
/// pool, take nothing from them but processor time.
/// </summary>
internal sealed class FloodBench : IDisposable
{
    private const string Name = "flood.example";
    private const int MessageLength = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly int _port = FreePort.Next();
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly TlsOrigination _tls = new() { Verify = false };
    private readonly List<SslStream> _open = [];
    private readonly PeerProcess _forwarder;

    private FloodBench(string binary, string folder)
    {
        _server.Start();
        new Thread(Serve) { IsBackground = true }.Start();
        WriteConfiguration(folder);
        _forwarder = new PeerProcess([binary, "run", "--config", Path.Combine(folder, "forward.toml")]);
    }

    /// <summary>Starts SniForward, and opens the connections that messages go over.</summary>
    /// <exception cref="MeasurementException">It does not start.</exception>
    public static FloodBench Start(string binary, string folder, int connections)
    {
        var bench = new FloodBench(binary, folder);
        try
        {
            bench.WaitUntilListening();
            for (var i = 0; i < connections; i++) bench._open.Add(bench.Open());
            return bench;
        }
        catch
        {
            bench.Dispose();
            throw;
        }
    }

    /// <summary>Sends messages over the open connections, one at a time and in turn, while <paramref name="clients"/> shake hands.</summary>
    public async Task<FloodResult> MeasureAsync(int clients, TimeSpan length, CancellationToken cancel)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var flood = Enumerable.Range(0, clients).Select(_ => Task.Run(() => FloodAsync(end.Token), CancellationToken.None)).ToArray();
        var latencies = await Task.Factory.StartNew(() => Exchange(length), cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await end.CancelAsync();
        var handshakes = (await Task.WhenAll(flood)).Sum();
        return new FloodResult(handshakes / length.TotalSeconds, latencies.Count / length.TotalSeconds, latencies);
    }

    public void Dispose()
    {
        _open.ForEach(stream => stream.Dispose());
        _forwarder.Dispose();
        _server.Dispose();
    }

    private LatencyHistogram Exchange(TimeSpan length)
    {
        var (latencies, message) = (new LatencyHistogram(), new byte[MessageLength]);
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            foreach (var stream in _open)
            {
                var sent = Stopwatch.GetTimestamp();
                stream.Write(message);
                stream.ReadExactly(message);
                latencies.Record((long)Stopwatch.GetElapsedTime(sent).TotalNanoseconds);
                if (Stopwatch.GetElapsedTime(start) > length) return latencies;
            }
        }
    }

    /// <summary>How many handshakes there were.</summary>
    private async Task<int> FloodAsync(CancellationToken cancel)
    {
        for (var count = 0; ; count++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, _port, cancel);
                await using var tls = new SslStream(client.GetStream());
                await tls.AuthenticateAsClientAsync(_tls.OptionsFor(Name), cancel);
            }
            catch (OperationCanceledException)
            {
                return count;
            }
            catch (IOException)
            {
                // It was refused, which a flood may be.
                count--;
            }
        }
    }

    private SslStream Open()
    {
        var client = new TcpClient { NoDelay = true };
        client.Connect(IPAddress.Loopback, _port);
        var tls = new SslStream(client.GetStream());
        tls.AuthenticateAsClient(_tls.OptionsFor(Name));
        return tls;
    }

    private void Serve()
    {
        try
        {
            while (true)
            {
                var socket = _server.AcceptSocket();
                socket.NoDelay = true;
                new Thread(() => Echo(socket)) { IsBackground = true }.Start();
            }
        }
        catch (SocketException)
        {
            // It is over.
        }
    }

    private static void Echo(Socket socket)
    {
        using (socket)
        {
            try
            {
                var buffer = new byte[4096];
                while (socket.Receive(buffer) is > 0 and var length) socket.Send(buffer.AsSpan(0, length));
            }
            catch (SocketException)
            {
                // The connection was reset.
            }
        }
    }

    private void WaitUntilListening()
    {
        for (var start = Stopwatch.GetTimestamp(); !_forwarder.Output.Contains("listening on", StringComparison.Ordinal); Thread.Sleep(10))
        {
            if (Stopwatch.GetElapsedTime(start) > Patience) throw new MeasurementException(_forwarder.Output);
        }
    }

    private void WriteConfiguration(string folder)
    {
        var own = SiteCertificates.Write(folder, Name).Rsa;
        File.WriteAllText(Path.Combine(folder, "forward.toml"), $$"""
            [[listener]]
            bind = "127.0.0.1:{{_port}}"
            [[route]]
            hosts = ["{{Name}}"]
            tls = { certificate = "{{own}}", key = "{{own}}" }
            backend = "127.0.0.1:{{((IPEndPoint)_server.LocalEndpoint).Port}}"
            [log]
            access = false
            """);
    }
}
