using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SniForward.Tests.Peeking;
using static SniForward.Tests.Peeking.Http2Builder;

namespace SniForward.Tests.EndToEnd;

/// <summary>HTTP/2 without TLS: by its bytes, and with curl, nghttp and a real server.</summary>
public abstract class Http2Tests(Engine engine)
{
    [Fact]
    public async Task A_first_flight_goes_on_as_it_came_to_the_server_of_its_authority()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server.Port);
        byte[] flight = [.. Start(), .. Frame(Headers, Padded, 13, [4, .. Get("www.example")[..7], 0, 0, 0, 0]), .. Frame(Continuation, EndHeaders, 13, Get("www.example")[7..]), .. Frame(Data, EndStream, 13, [1, 2, 3])];
        using var client = await TestClient.ConnectAsync(forwarder);
        client.Socket.NoDelay = true;

        foreach (var chunk in flight.Chunk(10)) await client.SendAsync(chunk);
        client.EndSending();

        using var accepted = await server.AcceptAsync();
        Assert.Equal(flight, await accepted.ReadAllAsync());
        accepted.Close();
        var line = await forwarder.NextAccessLineAsync();
        Assert.Equal(("h2c", "www.example", "completed"), (line.Text("Protocol"), line.Name, line.End));
    }

    [Theory]
    [InlineData("other.example", "421", "no_route")]
    [InlineData("a b.example", "400", "malformed")]
    public async Task A_client_that_cannot_be_forwarded_reads_why_in_HTTP2(string authority, string status, string end)
    {
        await using var forwarder = Start(TestServer.RefusingPort());
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(Flight(Get(authority)));

        var answer = await client.ReadAllAsync();
        Assert.Equal(Frame(Settings, 0, 0, []), answer[..9]);
        Assert.Equal([0x08, 0x03, .. System.Text.Encoding.ASCII.GetBytes(status)], answer[18..23]);
        client.EndSending();
        Assert.Equal(end, (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task A_client_that_breaks_the_protocol_is_told_goodbye()
    {
        await using var forwarder = Start(TestServer.RefusingPort());
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync((byte[])[.. Preface, .. Frame(Ping, 0, 0, new byte[8])]);

        var answer = await client.ReadAllAsync();
        Assert.Equal([.. Frame(Settings, 0, 0, []), .. answer[9..12], GoAway, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], answer[..26]);
        client.EndSending();
        Assert.Equal("the first HTTP/2 frame is not the client's settings", (await forwarder.NextAccessLineAsync()).Text("Reason"));
    }

    [Fact]
    public async Task A_client_that_waits_for_settings_before_it_asks_goes_to_the_default()
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start($"""
            [[listener]]
            bind = "127.0.0.1:0"
            first_byte = "100ms"
            [default]
            backend = "127.0.0.1:{server.Port}"
            """);
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(Start());

        using var accepted = await server.AcceptAsync();
        await accepted.SendAsync(Frame(Settings, 0, 0, []));
        var settings = await client.ReadAsync(9);
        Assert.Equal(Frame(Settings, 0, 0, []), settings);
        await client.SendAsync(Frame(Headers, EndHeaders | EndStream, 1, Get("www.example")));
        client.EndSending();
        var received = await accepted.ReadAllAsync();
        Assert.Equal([.. Start(), .. Frame(Headers, EndHeaders | EndStream, 1, Get("www.example"))], received);
    }

    [Fact]
    public async Task Curl_and_nghttp_get_their_answer_from_a_real_server()
    {
        foreach (var command in new[] { "curl", "nghttp" }) Machine.NeedsCommand(command);
        var folder = Directory.CreateTempSubdirectory("sniforward-http2").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "index.html"), "hello over HTTP/2", TestContext.Current.CancellationToken);
            var port = TestServer.RefusingPort();
            await using var server = await PeerProcess.StartNghttpdAsync(folder, port);
            await using var forwarder = Start(port);

            string[] curl = ["--silent", "--http2-prior-knowledge", "--resolve", $"www.example:{forwarder.Port}:127.0.0.1", "--write-out", " %{http_code} %{http_version}"];
            Assert.Equal("hello over HTTP/2 200 2", await RunAsync("curl", [.. curl, $"http://www.example:{forwarder.Port}/index.html"]));
            Assert.Equal("No route leads to this host name.\n 421 2", await RunAsync("curl", [.. curl, "-H", "Host: other.example", $"http://www.example:{forwarder.Port}/"]));
            Assert.Equal("hello over HTTP/2", await RunAsync("nghttp", ["--padding=64", "--continuation", "-H", ":authority: www.example", $"http://127.0.0.1:{forwarder.Port}/index.html"]));
            Assert.Equal("hello over HTTP/2", await RunAsync("nghttp", ["-H", ":authority: www.example", $"http://127.0.0.1:{forwarder.Port}/index.html"]));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_client_of_dotnet_gets_its_answer()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server.Port);
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(forwarder.Address, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var client = new HttpClient(handler) { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        var asked = client.GetAsync("http://www.example/", TestContext.Current.CancellationToken);
        using var accepted = await server.AcceptAsync();
        await accepted.SendAsync((byte[])[.. Frame(Settings, 0, 0, []), .. Frame(Headers, EndHeaders | EndStream, 1, [0x89])]);

        Assert.Equal(HttpStatusCode.NoContent, (await asked.InTimeAsync()).StatusCode);
    }

    private TestForwarder Start(int port) => engine.Start($"""
        [[listener]]
        bind = "127.0.0.1:0"
        [[route]]
        hosts = ["www.example"]
        backend = "127.0.0.1:{port}"
        """);

    private static byte[] Start() => Http2Builder.Start;

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        return await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).InTimeAsync();
    }
}

public sealed class Http2TestsOnEpoll() : Http2Tests(Engine.Epoll);

public sealed class Http2TestsOnSockets() : Http2Tests(Engine.Sockets);
