using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using SniForward.Tests.Securing;

namespace SniForward.Tests.EndToEnd;

/// <summary>The program as its users meet it: commands, exit statuses, signals, and what it prints.</summary>
public sealed partial class ProgramTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task It_forwards_until_a_signal_and_ends_with_status_0(string signal)
    {
        using var server = TestServer.Echo("hello");
        WriteToDefault(server);
        await using var forwarder = ForwarderProcess.Start(_folder);

        Assert.StartsWith("hello", await TestClient.AskAsync(await forwarder.AddressAsync(), "any.example"), StringComparison.Ordinal);
        forwarder.Signal(signal);

        Assert.Equal(0, await forwarder.ExitAsync());
        Assert.Matches("any.example .* end=completed", await forwarder.RestOfOutputAsync());
    }

    [Fact]
    public async Task A_connection_open_at_SIGTERM_may_end_within_the_drain()
    {
        using var server = TestServer.Echo("hello");
        WriteToDefault(server);
        await using var forwarder = ForwarderProcess.Start(_folder, "run");
        using var client = await OpenAsync(forwarder);

        forwarder.Signal("TERM");
        await forwarder.LineAsync(Draining());
        await client.SendAsync("last words");
        client.EndSending();

        Assert.EndsWith("last words", await client.ReadAllTextAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await forwarder.ExitAsync());
    }

    [Fact]
    public async Task A_connection_open_after_the_drain_is_reset_and_the_status_is_0()
    {
        using var server = TestServer.Echo("hello");
        WriteToDefault(server, "[timeouts]\ndrain = \"100ms\"");
        await using var forwarder = ForwarderProcess.Start(_folder);
        using var client = await OpenAsync(forwarder);

        forwarder.Signal("TERM");

        await client.ExpectResetAsync();
        Assert.Equal(0, await forwarder.ExitAsync());
    }

    [Fact]
    public async Task The_drain_delay_ends_by_itself_and_the_drain_says_how_many_are_left()
    {
        using var server = TestServer.Echo("hello");
        WriteToDefault(server, "[timeouts]\ndrain_delay = \"50ms\"\ndrain = \"1h\"");
        await using var forwarder = ForwarderProcess.Start(_folder);
        using var client = await OpenAsync(forwarder);

        forwarder.Signal("TERM");
        await forwarder.LineAsync(Delayed());
        await forwarder.LineAsync(Draining());
        await forwarder.LineAsync(StillDraining());
        client.EndSending();

        await client.ReadAllTextAsync();
        Assert.Equal(0, await forwarder.ExitAsync());
    }

    [Fact]
    public async Task A_second_signal_leaves_the_rest_of_the_drain_out()
    {
        using var server = TestServer.Echo("hello");
        WriteToDefault(server, "[timeouts]\ndrain = \"1h\"");
        await using var forwarder = ForwarderProcess.Start(_folder);
        using var client = await OpenAsync(forwarder);

        forwarder.Signal("TERM");
        await forwarder.LineAsync(Draining());
        forwarder.Signal("TERM");

        Assert.Equal(0, await forwarder.ExitAsync());
    }

    [Fact]
    public async Task SIGHUP_does_not_end_it()
    {
        using var server = TestServer.Echo("hello");
        WriteToDefault(server);
        await using var forwarder = ForwarderProcess.Start(_folder);
        var address = await forwarder.AddressAsync();

        forwarder.Signal("HUP");
        await forwarder.LineAsync(Hangup());

        Assert.StartsWith("hello", await TestClient.AskAsync(address, "any.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_one_line_and_status_1()
    {
        using var other = TestServer.Start();
        Write($"[[listener]]\nname = \"web\"\nbind = [\"127.0.0.1:0\", \"127.0.0.1:{other.Port}\"]\n");

        var (status, output, errors) = await ForwarderProcess.RunAsync(_folder, "run");

        Assert.Equal(1, status);
        Assert.Equal("", output);
        Assert.Matches($"^sniforward: listener \"web\" cannot listen on 127.0.0.1:{other.Port}: the port is in use; [^\n]*\n$", errors);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("check")]
    [InlineData("route", "a.example")]
    public async Task A_wrong_configuration_is_every_error_and_status_2(params string[] command)
    {
        Write("[[listener]]\nbnd = \"127.0.0.1:0\"\n[timeouts]\npeek = 5\n");

        var (status, _, errors) = await ForwarderProcess.RunAsync(_folder, command);

        Assert.Equal(2, status);
        Assert.Contains("forward.toml:2:1: ", errors, StringComparison.Ordinal);
        Assert.Contains("\"bind\"", errors, StringComparison.Ordinal);
        Assert.Contains("forward.toml:4:8: ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_configuration_is_said_and_status_2()
    {
        var (status, _, errors) = await ForwarderProcess.RunAsync(_folder, "run", "--config", "missing.toml");

        Assert.Equal(2, status);
        Assert.StartsWith("missing.toml: ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_says_that_a_right_configuration_is_right()
    {
        Write("[[listener]]\nbind = \"127.0.0.1:0\"\n");

        var (status, output, errors) = await ForwarderProcess.RunAsync(_folder, "check");

        Assert.Equal(0, status);
        Assert.Equal("forward.toml: ok; listeners: 1, routes: 0, backends: 0", output);
        Assert.Empty(errors);
    }

    [Fact]
    public async Task Check_warns_of_a_certificate_that_has_expired_and_says_what_it_is_for()
    {
        new TestAuthority().IssueEcdsa(DateTimeOffset.UtcNow.AddDays(-20), DateTimeOffset.UtcNow.AddDays(-10), "a.example")
            .WritePem(Path.Combine(_folder, "site.pem"), Path.Combine(_folder, "site.key"));
        Write("[[listener]]\nbind = \"127.0.0.1:0\"\n[[certificate]]\ncertificate = \"site.pem\"\nkey = \"site.key\"\n");

        var (status, output, errors) = await ForwarderProcess.RunAsync(_folder, "check");

        Assert.Equal(0, status);
        Assert.Empty(errors);
        Assert.Matches(
            @"^forward\.toml:4:15: warning: certificate: ""site\.pem"" expired on [0-9-]+; clients refuse it\n"
            + @"site\.pem: a\.example; ECDSA P-256; expires [0-9-]+, days left: -1[01]\nforward\.toml: ok; ", output);
    }

    [Fact]
    public async Task Certificates_are_read_by_a_user_that_has_no_home()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("Only root may become another user.");
        new TestAuthority().IssueEcdsa("a.example").WritePem(Path.Combine(_folder, "site.pem"), Path.Combine(_folder, "site.key"));
        Write("[[listener]]\nbind = \"127.0.0.1:0\"\n[[certificate]]\ncertificate = \"site.pem\"\nkey = \"site.key\"\n");
        File.SetUnixFileMode(Path.Combine(_folder, "site.key"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        const string Nobody = "--reuid=61234 --regid=61234 --clear-groups";
        var start = new ProcessStartInfo(Machine.NeedsCommand("setpriv"), [.. Nobody.Split(' '), "env", "-u", "HOME", "dotnet", ForwarderProcess.Program, "check"]);
        await using var forwarder = ForwarderProcess.Start(start, _folder);

        var status = await forwarder.ExitAsync();

        Assert.Equal(("", 0), (forwarder.Errors, status));
    }

    [Fact]
    public async Task Check_accepts_the_example_in_the_repository()
    {
        var (status, output, _) = await ForwarderProcess.RunAsync(Repository.Folder(""), "check");

        Assert.Equal(0, status);
        Assert.Equal("forward.toml: ok; listeners: 1, routes: 2, backends: 3", output);
    }

    [Fact]
    public async Task The_options_that_the_example_shows_behind_a_comment_are_right_too()
    {
        var example = await File.ReadAllTextAsync(Path.Combine(Repository.Folder(""), "forward.toml"), TestContext.Current.CancellationToken);
        Write(CommentedOption().Replace(example, "$1"));
        var authority = new TestAuthority();
        authority.IssueEcdsa("sub1.xyz.com", "sub2.xyz.com").WritePem(Path.Combine(_folder, "fullchain.pem"), Path.Combine(_folder, "privkey.pem"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "ca.pem"), authority.Root.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_folder, "password.txt"), "word\n", TestContext.Current.CancellationToken);

        var (status, _, errors) = await ForwarderProcess.RunAsync(_folder, "check");

        Assert.Equal("", errors);
        Assert.Equal(0, status);
    }

    [Theory]
    [InlineData(new[] { "WWW.example." }, "web: www.example goes to 127.0.0.1:1: the exact host \"www.example\" of the route at forward.toml:4")]
    [InlineData(new[] { "a.b.example" }, "web: a.b.example goes to 127.0.0.1:2: the wildcard \"*.example\" of the route at forward.toml:7")]
    [InlineData(new[] { "x9" }, "web: x9 goes to 127.0.0.1:3: the regex \"/x[0-9]/\" of the route at forward.toml:10")]
    [InlineData(new[] { "www.example", "--alpn", "h2" }, "web: www.example goes to 127.0.0.1:4: the exact host \"www.example\" of the route at forward.toml:13")]
    [InlineData(new[] { "www.example", "--client", "10.1.2.3" }, "web: www.example goes to 127.0.0.1:5: the exact host \"www.example\" of the route at forward.toml:17")]
    [InlineData(new[] { "other" }, "web: other is refused: no route matches, and there is no default")]
    [InlineData(new[] { "other", "--protocol", "http" }, "web: other is sent to https, port 8443: the protocol \"http\" of the route at forward.toml:21")]
    public async Task Route_says_which_route_and_why(string[] arguments, string expected)
    {
        Write("""
            [[listener]]
            name = "web"
            bind = "127.0.0.1:0"
            [[route]]
            hosts = ["www.example"]
            backend = "127.0.0.1:1"
            [[route]]
            hosts = ["*.example"]
            backend = "127.0.0.1:2"
            [[route]]
            hosts = ["/x[0-9]/"]
            backend = "127.0.0.1:3"
            [[route]]
            hosts = ["www.example"]
            backend = "127.0.0.1:4"
            alpn = ["h2"]
            [[route]]
            hosts = ["www.example"]
            backend = "127.0.0.1:5"
            clients = ["10.0.0.0/8"]
            [[route]]
            protocol = "http"
            redirect = "https:8443"
            """);

        var (status, output, _) = await ForwarderProcess.RunAsync(_folder, ["route", .. arguments]);

        Assert.Equal(expected, output);
        Assert.Equal(0, status);
    }

    [Theory]
    [InlineData(new[] { "--protocol", "ssh" }, "web: ssh without a name goes to 127.0.0.1:22: the protocol \"ssh\" of the route at forward.toml:5")]
    [InlineData(new[] { "www.example", "--protocol", "http" }, "web: www.example goes to 127.0.0.1:2: the exact host \"www.example\" of the route at forward.toml:8")]
    [InlineData(new[] { "www.example" }, "web: www.example is refused: no route matches, and there is no default")]
    public async Task Route_knows_protocols(string[] arguments, string expected)
    {
        WriteProtocols();

        var (_, output, _) = await ForwarderProcess.RunAsync(_folder, ["route", .. arguments]);

        Assert.Equal(expected, output);
    }

    [Theory]
    [InlineData("Hellos/chromium.bin", "protocol tls", "name app.example.com", "ALPN h2,http/1.1", "versions GREASE, TLS 1.3, TLS 1.2",
        "key shares GREASE (1), X25519MLKEM768 (1216), x25519 (32)", "JA4 t13d1517h2_8daaf6152771_cb7bf5808d99",
        "encrypted hello the outer one: its name may be a decoy, and so may the extension", "web is refused: no route matches, and there is no default")]
    [InlineData("Hellos/openssl-early-data.bin", "hello 348 bytes in 1 record of 343", "after the hello 69 bytes", "early data announced", "pre-shared key offered: it resumes a session")]
    [InlineData("Http2Flights/nghttp.bin", "protocol h2c", "name app.example.com", "stream 13")]
    public async Task Peek_says_what_a_recorded_first_flight_contains(string file, params string[] expected)
    {
        WriteProtocols();

        var (status, output, errors) = await ForwarderProcess.RunAsync(_folder, "peek", Path.Combine(AppContext.BaseDirectory, "Peeking", file));

        var lines = output.Split('\n').Select(line => Spaces().Replace(line, " ", 1));
        Assert.Equal("", errors);
        Assert.Equal(0, status);
        foreach (var line in expected) Assert.Contains(line, lines);
    }

    [Theory]
    [InlineData("PROXY TCP4 10.0.0.7 198.51.100.2 56324 443\r\nGET / HTTP/1.1\r\nHost: www.example\r\n\r\n", "PROXY header 44 bytes, from 10.0.0.7:56324 to 198.51.100.2:443", "web goes to 127.0.0.1:2: the exact host \"www.example\" of the route at forward.toml:8")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "protocol http", "refused there are two Host fields")]
    [InlineData("GET / HTTP/1.1\r\nHos", "refused it ends before it is whole")]
    [InlineData("SSH-2.0-x\r\n", "protocol ssh", "name none", "web goes to 127.0.0.1:22: the protocol \"ssh\" of the route at forward.toml:5")]
    [InlineData("\0\0\0\b\x04\xd2\x16\x2f", "PostgreSQL it asks for TLS")]
    [InlineData("PROXY TCP4 1.2.3.4\r\n", "PROXY header refused: a PROXY line has not two addresses and two ports")]
    [InlineData("", "received 0 bytes")]
    [InlineData("\x01", "protocol none that is known", "web does not accept it")]
    public async Task Peek_reads_the_standard_input(string text, params string[] expected)
    {
        WriteProtocols();
        var file = Path.Combine(_folder, "flight");
        await File.WriteAllBytesAsync(file, System.Text.Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);

        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", $"cd {_folder} && dotnet {Path.Combine(AppContext.BaseDirectory, "sniforward.dll")} peek <flight"]) { RedirectStandardOutput = true })!;
        var output = await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).InTimeAsync();

        var lines = output.Split('\n').Select(line => Spaces().Replace(line, " ", 1));
        foreach (var line in expected) Assert.Contains(line, lines);
    }

    [Fact]
    public async Task Peek_without_its_file_says_so()
    {
        var (status, _, errors) = await ForwarderProcess.RunAsync(_folder, "peek", "missing.bin");

        Assert.Equal(2, status);
        Assert.StartsWith("sniforward peek: missing.bin cannot be read: ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_command_line_is_status_2()
    {
        var (status, _, errors) = await ForwarderProcess.RunAsync(_folder, "run", "--confg", "x");

        Assert.Equal(2, status);
        Assert.Contains("--confg", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_names_every_command_and_version_is_a_version()
    {
        var (helpStatus, help, _) = await ForwarderProcess.RunAsync(_folder, "--help");
        var (versionStatus, version, _) = await ForwarderProcess.RunAsync(_folder, "--version");

        Assert.Equal(0, helpStatus);
        foreach (var command in new[] { "run", "check", "route", "peek", "demo", "--config" }) Assert.Contains(command, help, StringComparison.Ordinal);
        Assert.Equal(0, versionStatus);
        Assert.Matches(@"^\d+\.\d+\.\d+$", version);
    }

    [Fact]
    public async Task JSON_log_lines_are_JSON_with_a_field_for_each_fact()
    {
        using var server = TestServer.Echo("hello");
        WriteToDefault(server, "[log]\nformat = \"json\"");
        await using var forwarder = ForwarderProcess.Start(_folder);
        await TestClient.AskAsync(await JsonAddressAsync(forwarder), "json.example");

        var line = (await forwarder.LineAsync(AccessLine())).Value;

        var fields = JsonDocument.Parse(line).RootElement;
        Assert.Equal("json.example", fields.GetProperty("name").GetString());
        Assert.Equal("completed", fields.GetProperty("end").GetString());
        Assert.Equal("http", fields.GetProperty("protocol").GetString());
        Assert.True(fields.GetProperty("bytes_received").GetInt64() > 0);
    }

    [Fact]
    public async Task Every_curl_line_of_the_demo_works_when_pasted()
    {
        Machine.NeedsCommand("curl");
        await using var demo = ForwarderProcess.Start(_folder, "demo");
        await demo.LineAsync(Introduction());
        var servers = new Dictionary<string, string> { ["sub1"] = "sub1.xyz.com", ["sub2"] = "sub2.xyz.com", ["other"] = "everything else" };

        for (var i = 0; i < 6; i++)
        {
            var line = (await demo.LineAsync(CurlLine())).Value;
            using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", line + " --silent --show-error"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var answer = await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).InTimeAsync();
            var asked = servers.Single(server => line.Contains($"://{server.Key}.", StringComparison.Ordinal)).Value;
            Assert.StartsWith($"Hello from the server for {asked} (", answer, StringComparison.Ordinal);
            Assert.Equal(line.Contains("https:", StringComparison.Ordinal), answer.Contains("decrypted only here", StringComparison.Ordinal));
        }

        demo.Signal("INT");
        Assert.Equal(0, await demo.ExitAsync());
    }

    private void WriteProtocols() => Write("""
        [[listener]]
        name = "web"
        bind = "127.0.0.1:0"
        protocols = ["tls", "http", "h2c", "ssh"]
        [[route]]
        protocol = "ssh"
        backend = "127.0.0.1:22"
        [[route]]
        hosts = ["www.example"]
        protocol = "http"
        backend = "127.0.0.1:2"
        """);

    private void Write(string toml) => File.WriteAllText(Path.Combine(_folder, "forward.toml"), toml);

    private void WriteToDefault(TestServer server, string more = "") =>
        Write($"[[listener]]\nbind = \"127.0.0.1:0\"\n[default]\nbackend = \"127.0.0.1:{server.Port}\"\n{more}");

    /// <summary>A client on whose connection bytes went both ways.</summary>
    private static async Task<TestClient> OpenAsync(ForwarderProcess forwarder)
    {
        const string Request = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
        var client = await TestClient.ConnectAsync(await forwarder.AddressAsync());
        await client.SendAsync(Request);
        await client.ReadAsync($"hello\n{Request}".Length);
        return client;
    }

    private static async Task<System.Net.IPEndPoint> JsonAddressAsync(ForwarderProcess forwarder) =>
        System.Net.IPEndPoint.Parse((await forwarder.LineAsync(JsonAddress())).Groups[1].Value);

    [GeneratedRegex(@"draining: 1 connections")]
    private static partial Regex Draining();

    [GeneratedRegex("clients are accepted for 00:00:00.0500000 more")]
    private static partial Regex Delayed();

    [GeneratedRegex("draining: 1 connections are left and have 00:59:55 to end")]
    private static partial Regex StillDraining();

    [GeneratedRegex("SIGHUP")]
    private static partial Regex Hangup();

    [GeneratedRegex("""is listening on ([0-9.:]+)""")]
    private static partial Regex JsonAddress();

    [GeneratedRegex("""^\{"time":.*$""")]
    private static partial Regex AccessLine();

    [GeneratedRegex("^This configuration is running:")]
    private static partial Regex Introduction();

    [GeneratedRegex(" {2,}")]
    private static partial Regex Spaces();

    [GeneratedRegex("^curl .*$")]
    private static partial Regex CurlLine();

    [GeneratedRegex(@"^# ((?:\[|[a-z_]+ = ).*)$", RegexOptions.Multiline)]
    private static partial Regex CommentedOption();
}
