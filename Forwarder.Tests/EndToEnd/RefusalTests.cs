using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace SniForward.Tests.EndToEnd;

/// <summary>What a connection that cannot be forwarded gets, read by the client to its end: an answer, never a reset.</summary>
public abstract class RefusalTests(Engine engine)
{
    private const byte UnexpectedMessage = 10;
    private const byte RecordOverflow = 22;
    private const byte DecodeError = 50;
    private const byte InternalError = 80;
    private const byte UnrecognizedName = 112;

    private const string Listener = "[[listener]]\nbind = \"127.0.0.1:0\"\n";

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: unknown.example\r\n\r\n", "421", "no_route")]
    [InlineData("GET / HTTP/1.0\r\n\r\n", "400", "no_name")]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "400", "malformed")]
    [InlineData("GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n", "400", "malformed")]
    [InlineData("GET / HTTP/1.1\r\nHost : known.example\r\n\r\n", "400", "malformed")]
    [InlineData("GET / HTTP/1.1\r\nHost: known.example\r\n folded\r\n\r\n", "400", "malformed")]
    [InlineData("GET / HTTP/1.1\r\nHost: known.example\r\nX: a\0b\r\n\r\n", "400", "malformed")]
    [InlineData("GET / HTTP/1.1\r\nHost: known.example\r\nX: a\rb\r\n\r\n", "400", "malformed")]
    [InlineData("GET http://known.example/ HTTP/1.1\r\nHost: other.example\r\n\r\n", "400", "malformed")]
    [InlineData("GET / HTTP/1.1\r\nHost: known.example/../evil\r\n\r\n", "400", "malformed")]
    [InlineData("GET / HTTP/1.1\r\nHost: known.example:99999\r\n\r\n", "400", "malformed")]
    [InlineData("GET / HTTP/1.1\r\nHost: known.exam", "400", "client_ended_early")]
    public async Task An_HTTP_client_reads_why(string request, string status, string end)
    {
        await using var forwarder = engine.Start(Listener + Route("known.example", TestServer.RefusingPort()));
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(request);
        client.EndSending();

        AssertHttp(status, await client.ReadAllTextAsync());
        Assert.Equal(end, (await forwarder.NextAccessLineAsync()).End);
    }

    [Theory]
    [InlineData("HEAD / HTTP/1.1\r\nHost: unknown.example\r\n\r\n", "421")]
    [InlineData("HEAD / HTTP/1.1\r\nHost: known.example\r\n\r\n", "502")]
    [InlineData("HEAD / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n", "400")]
    [InlineData("HEAD / HTTP/1.1\r\nHost: known.exam", "400")]
    public async Task A_HEAD_request_is_answered_by_a_head_alone(string request, string status)
    {
        await using var forwarder = engine.Start(Listener + Route("known.example", TestServer.RefusingPort()));
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(request);
        client.EndSending();

        var answer = await client.ReadAllTextAsync();
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Content-Length: 0", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--http1.0")]
    [InlineData("--http1.1")]
    [InlineData("--http2-prior-knowledge")]
    public async Task Curl_finds_nothing_wrong_with_an_answer(string version)
    {
        await using var forwarder = engine.Start(Listener);

        foreach (var more in new[] { "--get", "--head", "-dx" })
        {
            using var curl = Process.Start(new ProcessStartInfo(
                Machine.NeedsCommand("curl"), [version, more, "--silent", "--show-error", "--include", $"http://127.0.0.1:{forwarder.Port}/"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var answer = await curl.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).InTimeAsync();
            await curl.WaitForExitAsync(TestContext.Current.CancellationToken).InTimeAsync();

            Assert.Equal((0, ""), (curl.ExitCode, await curl.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)));
            Assert.Matches("^HTTP/(1.1|2) 421 ", answer);
            Assert.Equal(more == "--head" ? "" : "No route leads to this host name.\n", answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
        }
    }

    [Fact]
    public async Task An_HTTP_client_that_never_ends_its_side_reads_why()
    {
        await using var forwarder = engine.Start(Listener);
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync("GET / HTTP/1.1\r\nHost: unknown.example\r\n\r\n");

        AssertHttp("421", await client.ReadAllTextAsync());
    }

    [Fact]
    public async Task A_client_that_is_still_sending_its_body_reads_why()
    {
        await using var forwarder = engine.Start(Listener);
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync("POST / HTTP/1.1\r\nHost: unknown.example\r\nContent-Length: 500000\r\n\r\n" + new string('x', 500_000));

        AssertHttp("421", await client.ReadAllTextAsync());
    }

    [Fact]
    public async Task An_HTTP_head_larger_than_the_limit_is_told_so()
    {
        await using var forwarder = engine.Start(Listener + "[limits]\npeek_bytes = \"4KiB\"");
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync("GET / HTTP/1.1\r\nHost: a.example\r\nX: " + new string('x', 10_000));

        AssertHttp("431", await client.ReadAllTextAsync());
        Assert.Equal("too_large", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task An_HTTP_client_that_takes_too_long_is_told_so()
    {
        await using var forwarder = engine.Start(Listener + "[timeouts]\npeek = \"200ms\"");
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync("GET / HTTP/1.1\r\nHo");

        AssertHttp("408", await client.ReadAllTextAsync());
        Assert.Equal("peek_timeout", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task A_byte_now_and_then_does_not_extend_the_peek()
    {
        await using var forwarder = engine.Start(Listener + "[timeouts]\npeek = \"500ms\"");
        using var client = await TestClient.ConnectAsync(forwarder);

        var answer = client.ReadAllTextAsync();
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        foreach (var letter in "GET /" + new string('x', 3000))
        {
            if (answer.IsCompleted) break;
            await client.SendAsync(letter.ToString());
            await ticks.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        AssertHttp("408", await answer);
    }

    [Fact]
    public async Task A_client_that_sends_nothing_is_closed_without_a_word()
    {
        await using var forwarder = engine.Start(Listener + "[timeouts]\npeek = \"200ms\"");
        using var client = await TestClient.ConnectAsync(forwarder);

        Assert.Empty(await client.ReadAllAsync());
        Assert.Equal("peek_timeout", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task A_TLS_client_that_takes_too_long_is_closed_without_a_word()
    {
        await using var forwarder = engine.Start(Listener + "[timeouts]\npeek = \"200ms\"");
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(Hello("known.example").AsMemory(0, 30));

        Assert.Empty(await client.ReadAllAsync());
    }

    [Fact]
    public async Task HTTP_on_a_TLS_listener_is_told_that_it_expects_TLS()
    {
        await using var forwarder = engine.Start(Listener + "protocols = [\"tls\"]\n");

        var answer = await TestClient.AskAsync(forwarder.Address, "any.example");

        AssertHttp("400", answer);
        Assert.Contains("expects TLS", answer, StringComparison.Ordinal);
        Assert.Equal("protocol_not_accepted", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task What_is_neither_TLS_nor_HTTP_is_refused_at_once()
    {
        await using var forwarder = engine.Start(Listener + "[timeouts]\npeek = \"1h\"");
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync("\x01\x02\x03");

        Assert.Empty(await client.ReadAllAsync());
        Assert.Equal("not_recognised", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task A_backend_that_refuses_is_a_502()
    {
        await using var forwarder = engine.Start(Listener + Route("known.example", TestServer.RefusingPort()));

        AssertHttp("502", await TestClient.AskAsync(forwarder.Address, "known.example"));
        Assert.Equal("backend_unreachable", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task A_backend_whose_name_does_not_resolve_is_a_502()
    {
        await using var forwarder = engine.Start(Listener + "[default]\nbackend = \"no-such-host.invalid:80\"");

        AssertHttp("502", await TestClient.AskAsync(forwarder.Address, "any.example"));
    }

    [Fact]
    public async Task A_backend_that_does_not_answer_is_a_504()
    {
        using var deaf = DeafServer.Start();
        await using var forwarder = engine.Start(Listener + Route("known.example", deaf.Port) + "[timeouts]\nconnect = \"300ms\"");

        AssertHttp("504", await TestClient.AskAsync(forwarder.Address, "known.example"));
        Assert.Equal("backend_timeout", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task A_backend_at_its_limit_is_a_503_until_a_connection_ends()
    {
        using var server = TestServer.Echo("busy");
        await using var forwarder = engine.Start($"""
            {Listener}
            [default]
            backend = "one"
            [backend.one]
            servers = ["127.0.0.1:{server.Port}"]
            max_connections = 1
            """);
        using var first = await TestClient.ConnectAsync(forwarder);
        await first.SendAsync("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        await first.ReadAsync("busy\n".Length);

        AssertHttp("503", await TestClient.AskAsync(forwarder.Address, "a.example"));
        Assert.Equal("backend_full", (await forwarder.NextAccessLineAsync()).End);
        first.EndSending();
        await first.ReadAllAsync();
        Assert.Equal("completed", (await forwarder.NextAccessLineAsync()).End);
        Assert.StartsWith("busy", await TestClient.AskAsync(forwarder.Address, "a.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_over_its_limit_is_a_429_until_a_connection_ends()
    {
        using var server = TestServer.Echo("busy");
        await using var forwarder = engine.Start(Listener + Route("a.example", server.Port) + "[limits]\nconnections_per_client = 1");
        using var first = await TestClient.ConnectAsync(forwarder);
        await first.SendAsync("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        await first.ReadAsync("busy\n".Length);

        var answer = await TestClient.AskAsync(forwarder.Address, "a.example");
        AssertHttp("429", answer);
        Assert.DoesNotContain("Retry-After", answer, StringComparison.Ordinal);
        Assert.Equal("client_limit", (await forwarder.NextAccessLineAsync()).End);
        first.EndSending();
        await first.ReadAllAsync();
        await forwarder.NextAccessLineAsync();
        Assert.StartsWith("busy", await TestClient.AskAsync(forwarder.Address, "a.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_connects_too_fast_is_a_429_and_told_when_to_come_again()
    {
        using var server = TestServer.Echo("fast");
        await using var forwarder = engine.Start(Listener + Route("a.example", server.Port) + "[limits]\nnew_connections_per_client = \"1/m\"");

        Assert.StartsWith("fast", await TestClient.AskAsync(forwarder.Address, "a.example"), StringComparison.Ordinal);
        var answer = await TestClient.AskAsync(forwarder.Address, "a.example");
        AssertHttp("429", answer);
        var seconds = answer.Split("\r\n").Single(line => line.StartsWith("Retry-After: ", StringComparison.Ordinal))["Retry-After: ".Length..];
        Assert.InRange(int.Parse(seconds, CultureInfo.InvariantCulture), 1, 60);
    }

    [Theory]
    [InlineData("[limits]\ndeny = [\"127.0.0.0/8\"]", "client_denied")]
    [InlineData("[limits]\nallow = [\"10.0.0.0/8\"]", "client_denied")]
    [InlineData("[limits]\nallow = [\"127.0.0.1\"]\ndeny = [\"127.0.0.1\"]", "client_denied")]
    public async Task A_denied_client_is_closed_at_accept(string limits, string end)
    {
        await using var forwarder = engine.Start(Listener + limits);
        using var client = await TestClient.ConnectAsync(forwarder);

        Assert.Empty(await client.ReadAllAsync());
        Assert.Equal(end, (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task A_client_over_the_limit_of_the_process_is_closed_at_accept()
    {
        using var server = TestServer.Echo("full");
        await using var forwarder = engine.Start(Listener + Route("a.example", server.Port) + "[limits]\nconnections = 1");
        using var first = await TestClient.ConnectAsync(forwarder);
        await first.SendAsync("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        await first.ReadAsync("full\n".Length);

        using var second = await TestClient.ConnectAsync(forwarder);

        Assert.Empty(await second.ReadAllAsync());
        Assert.Equal("process_limit", (await forwarder.NextAccessLineAsync()).End);
    }

    [Theory]
    [InlineData("unknown.example", UnrecognizedName, "no_route")]
    [InlineData("refusing.example", InternalError, "backend_unreachable")]
    [InlineData("bad name", DecodeError, "malformed")]
    [InlineData("a.example:443", DecodeError, "malformed")]
    [InlineData("nul\0.example", DecodeError, "malformed")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example", DecodeError, "malformed")]
    [InlineData("two..dots", DecodeError, "malformed")]
    [InlineData("::1", UnrecognizedName, "no_name")]
    [InlineData(null, UnrecognizedName, "no_name")]
    [InlineData("127.0.0.1", UnrecognizedName, "no_name")]
    public async Task A_TLS_client_reads_an_alert(string? name, byte alert, string end)
    {
        await using var forwarder = engine.Start(Listener + Route("refusing.example", TestServer.RefusingPort()));
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(Hello(name));

        AssertAlert(alert, await client.ReadAllAsync());
        Assert.Equal(end, (await forwarder.NextAccessLineAsync()).End);
    }

    [Theory]
    [InlineData("802e010301001500000010", "an SSL 2 hello cannot carry a server name")]
    [InlineData("15030100020100", "the first TLS record is not a handshake record")]
    [InlineData("170303000101", "the first TLS record is not a handshake record")]
    [InlineData("1603014001", "a TLS record is longer than 16384 bytes")]
    [InlineData("1603010000", "a handshake record is empty")]
    [InlineData("160301000102", "the first handshake message is not a ClientHello")]
    [InlineData("160301000401000000", "the ClientHello ends inside its version or random")]
    public async Task What_only_begins_like_TLS_reads_an_alert(string bytes, string reason)
    {
        await using var forwarder = engine.Start(Listener);
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(Convert.FromHexString(bytes));

        AssertAlert(DecodeError, await client.ReadAllAsync());
        Assert.Equal(reason, (await forwarder.NextAccessLineAsync()).Text("Reason"));
    }

    [Theory]
    [InlineData("Known.Example.")]
    [InlineData("known.example")]
    public async Task A_name_with_a_dot_at_its_end_or_in_capitals_is_the_same_name(string name)
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start(Listener + Route("known.example", server.Port));
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(Hello(name));
        client.EndSending();

        using var accepted = await server.AcceptAsync();
        Assert.Equal(Hello(name), await accepted.ReadAllAsync());
    }

    [Fact]
    public async Task A_malformed_ClientHello_is_answered_with_an_alert()
    {
        await using var forwarder = engine.Start(Listener);
        using var client = await TestClient.ConnectAsync(forwarder);
        var hello = Hello("a.example");
        hello[43] = 33; // A session id is at most 32 bytes long.

        await client.SendAsync(hello);

        AssertAlert(DecodeError, await client.ReadAllAsync());
        var line = await forwarder.NextAccessLineAsync();
        Assert.Equal("malformed", line.End);
        Assert.NotEqual("-", line.Text("Reason"));
    }

    [Fact]
    public async Task A_ClientHello_larger_than_the_limit_is_answered_with_an_alert()
    {
        await using var forwarder = engine.Start(Listener + "[limits]\npeek_bytes = \"1KiB\"");
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(Hello("a.example", padding: 2000));

        AssertAlert(RecordOverflow, await client.ReadAllAsync());
        Assert.Equal("too_large", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task TLS_on_an_HTTP_listener_is_answered_with_an_alert()
    {
        await using var forwarder = engine.Start(Listener + "protocols = [\"http\"]");
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(Hello("a.example"));

        AssertAlert(UnexpectedMessage, await client.ReadAllAsync());
        Assert.Equal("protocol_not_accepted", (await forwarder.NextAccessLineAsync()).End);
    }

    private static string Route(string host, int port) => $"[[route]]\nhosts = [\"{host}\"]\nbackend = \"127.0.0.1:{port}\"\n";

    private static void AssertHttp(string status, string answer)
    {
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
        var date = answer.Split("\r\n").Single(line => line.StartsWith("Date: ", StringComparison.Ordinal))["Date: ".Length..];
        Assert.InRange(DateTimeOffset.ParseExact(date, "R", CultureInfo.InvariantCulture), DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var body = answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        Assert.Contains($"\r\nContent-Length: {body.Length}\r\n", answer, StringComparison.Ordinal);
        Assert.Single(body, '\n');
    }

    private static void AssertAlert(byte description, byte[] answer) =>
        Assert.Equal([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, description], answer);

    /// <summary>A ClientHello in one record: the version is at byte 9, the session id's length at 43.</summary>
    private static byte[] Hello(string? name, int padding = 0)
    {
        var extensions = new List<byte>();
        if (name is not null)
        {
            var bytes = Encoding.Latin1.GetBytes(name);
            extensions.AddRange([0x00, 0x00, .. Two(bytes.Length + 5), .. Two(bytes.Length + 3), 0x00, .. Two(bytes.Length), .. bytes]);
        }
        if (padding > 0) extensions.AddRange([0x00, 0x15, .. Two(padding), .. new byte[padding]]);
        byte[] body = [0x03, 0x03, .. new byte[32], 0x00, 0x00, 0x02, 0x13, 0x01, 0x01, 0x00, .. Two(extensions.Count), .. extensions];
        return [0x16, 0x03, 0x01, .. Two(body.Length + 4), 0x01, 0x00, .. Two(body.Length), .. body];
    }

    private static byte[] Two(int value) => [(byte)(value >> 8), (byte)value];
}

public sealed class RefusalTestsOnEpoll() : RefusalTests(Engine.Epoll);

public sealed class RefusalTestsOnSockets() : RefusalTests(Engine.Sockets);
