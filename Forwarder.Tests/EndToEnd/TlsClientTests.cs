using System.Text.RegularExpressions;

namespace SniForward.Tests.EndToEnd;

/// <summary>curl and OpenSSL's s_client, at the program with TLS that ends in it.</summary>
public sealed class TlsClientTests
{
    private const int CannotConnectByTls = 35;
    private const int NotTrusted = 60;

    [Fact]
    public async Task Curl_trusts_it_by_its_authority_and_speaks_HTTP_1()
    {
        await using var program = await TerminatingProgram.StartAsync(["rsa", "ecdsa"]);

        Assert.Equal((0, "hello 1.1 200"), await CurlAsync(program));
    }

    [Fact]
    public async Task Curl_is_told_that_it_asks_for_another_host()
    {
        await using var program = await TerminatingProgram.StartAsync(["ecdsa"]);

        var (status, output) = await CurlAsync(program, "--header", "Host: other.example");

        Assert.Equal(0, status);
        Assert.EndsWith(" 1.1 421", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--get")]
    [InlineData("-dx")]
    [InlineData("--head")]
    public async Task Curl_is_sent_from_plain_HTTP_to_TLS(string what)
    {
        await using var program = await TerminatingProgram.StartAsync(["ecdsa"], route: "redirect = \"https\"");

        var (status, output) = await program.RunAsync(
            "",
            "curl", "--silent", "--location", "--cacert", "ca.pem", what, "--connect-to", $"::127.0.0.1:{program.Port}",
            "--output", "body", "--write-out", "%{num_connects} %{http_code} %{num_redirects} %{url_effective}", $"http://{TerminatingProgram.Name}/a?b=c");

        Assert.Equal((0, "2 200 1 https://app.example/a?b=c"), (status, output));
    }

    [Fact]
    public async Task Curl_with_TLS_1_1_at_most_is_refused()
    {
        await using var program = await TerminatingProgram.StartAsync(["rsa"]);

        var (status, _) = await CurlAsync(program, "--tls-max", "1.1", "--ciphers", "DEFAULT:@SECLEVEL=0");

        Assert.Equal(CannotConnectByTls, status);
    }

    [Theory]
    [InlineData("over", "expired on ")]
    [InlineData("early", "is not valid before ")]
    public async Task A_certificate_that_is_not_valid_now_is_warned_of_and_served(string kind, string warning)
    {
        await using var program = await TerminatingProgram.StartAsync([kind]);

        Assert.Equal((0, "hello 1.1 200"), await CurlAsync(program, "--insecure"));
        Assert.Equal(NotTrusted, (await CurlAsync(program)).Status);
        var check = await program.CheckAsync();
        Assert.Equal(0, check.Status);
        Assert.StartsWith($"forward.toml:5:24: warning: certificate: \"{kind}.pem\" {warning}", check.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.2")]
    [InlineData("1.3")]
    public async Task Curl_shows_its_certificate_where_it_must(string version)
    {
        await using var program = await TerminatingProgram.StartAsync(["ecdsa"], ", client_ca = \"ca.pem\"");

        var with = await CurlAsync(program, "--cert", "client.pem", "--key", "client.key", "--tls-max", version);
        var (status, output) = await CurlAsync(program, "--tls-max", version);

        Assert.Equal((0, "hello 1.1 200"), with);
        Assert.NotEqual(0, status);
        Assert.EndsWith("000", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alert handshake failure")]
    [InlineData("alert unknown ca", "stranger")]
    [InlineData("alert certificate expired", "expired")]
    public async Task S_client_is_told_in_TLS_1_2_what_is_wrong_with_its_certificate(string alert, params string[] shown)
    {
        await using var program = await TerminatingProgram.StartAsync(["ecdsa"], ", client_ca = \"ca.pem\"");

        var (status, output) = await SClientAsync(program, "", ["-tls1_2", .. shown.SelectMany(name => new[] { "-cert", name + ".pem", "-key", name + ".key" })]);

        Assert.Equal(1, status);
        Assert.Contains(alert, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1_2", "rsa")]
    [InlineData("1_2", "ecdsa")]
    [InlineData("1_3", "ecdsa")]
    public async Task S_client_resumes_its_session(string version, string key)
    {
        await using var program = await TerminatingProgram.StartAsync([key]);

        var (_, first) = await AskAsync("-sess_out");
        var (_, second) = await AskAsync("-sess_in");

        Assert.Contains("New, TLSv1.", first, StringComparison.Ordinal);
        Assert.Contains("Reused, TLSv1.", second, StringComparison.Ordinal);

        Task<(int Status, string Output)> AskAsync(string session) =>
            SClientAsync(program, $"GET / HTTP/1.1\r\nHost: {TerminatingProgram.Name}\r\n\r\n", $"-tls{version}", "-ign_eof", session, "session");
    }

    [Theory]
    [InlineData("rsa")]
    [InlineData("ecdsa")]
    public async Task S_client_is_asked_for_another_key_share_and_served(string key)
    {
        var settings = Path.Combine(Repository.Folder("deploy"), "openssl.cnf");
        await using var program = await TerminatingProgram.StartAsync([key], openssl: settings);

        var (_, output) = await SClientAsync(program, "Q\n", "-tls1_3", "-groups", "X448:X25519", "-msg");

        Assert.Equal(2, Regex.Count(output, "<<< TLS 1.3, Handshake .*, ServerHello"));
        Assert.Contains("New, TLSv1.3, Cipher is ", output, StringComparison.Ordinal);
        Assert.Contains("Server Temp Key: X25519", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rsa")]
    [InlineData("ecdsa")]
    public async Task S_client_that_likes_CBC_best_gets_GCM(string key)
    {
        await using var program = await TerminatingProgram.StartAsync([key]);
        var suites = $"ECDHE-{key.ToUpperInvariant()}-AES256-SHA:ECDHE-{key.ToUpperInvariant()}-AES128-SHA256";

        var (_, both) = await SClientAsync(program, "Q\n", "-tls1_2", "-cipher", $"{suites}:ECDHE-{key.ToUpperInvariant()}-AES128-GCM-SHA256");
        var (_, alone) = await SClientAsync(program, "Q\n", "-tls1_2", "-cipher", suites);

        Assert.Contains($"TLSv1.2, Cipher is ECDHE-{key.ToUpperInvariant()}-AES128-GCM-SHA256", both, StringComparison.Ordinal);
        Assert.Contains("handshake failure", alone, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S_client_without_a_group_in_common_gets_no_weaker_suite_of_the_systems()
    {
        var settings = Path.GetTempFileName();
        await File.WriteAllTextAsync(
            settings, "openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = tls\n[tls]\nCipherString = DEFAULT@SECLEVEL=2\nGroups = X25519:P-256\n", TestContext.Current.CancellationToken);
        await using var program = await TerminatingProgram.StartAsync(["rsa"], openssl: settings);

        var (_, output) = await SClientAsync(program, "Q\n", "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA", "-groups", "X448");

        Assert.Contains("handshake failure", output, StringComparison.Ordinal);
        File.Delete(settings);
    }

    [Theory]
    [InlineData("RSA-PSS", "-tls1_3", "-sigalgs", "RSA-PSS+SHA256")]
    [InlineData("ECDSA", "-tls1_3", "-sigalgs", "ECDSA+SHA256")]
    [InlineData("RSA-PSS", "-tls1_2", "-sigalgs", "RSA-PSS+SHA256")]
    [InlineData("ECDSA", "-tls1_2", "-sigalgs", "ECDSA+SHA256")]
    [InlineData("ECDSA", "-tls1_2")]
    // It can check ECDSA, but has no suite for it.
    [InlineData("RSA-PSS", "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256")]
    public async Task S_client_gets_the_certificate_that_it_can_check(string expected, params string[] options)
    {
        await using var program = await TerminatingProgram.StartAsync(["rsa", "ecdsa"]);

        var (_, output) = await SClientAsync(program, "Q\n", options);

        Assert.Contains($"Peer signature type: {expected}\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1")]
    [InlineData("-tls1_1")]
    public async Task S_client_is_told_that_its_version_is_too_old(string version)
    {
        await using var program = await TerminatingProgram.StartAsync(["rsa"]);

        var (status, output) = await SClientAsync(program, "Q\n", version, "-cipher", "DEFAULT:@SECLEVEL=0");

        Assert.Equal(1, status);
        Assert.Contains("alert protocol version", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S_client_that_renegotiates_is_cut_off()
    {
        await using var program = await TerminatingProgram.StartAsync(["ecdsa"]);

        // It ends although its input does not: the connection did.
        var (status, output) = await SClientAsync(program, "R\n", "-tls1_2");

        Assert.NotEqual(0, status);
        Assert.Contains("RENEGOTIATING", output, StringComparison.Ordinal);
    }

    private static Task<(int Status, string Output)> CurlAsync(TerminatingProgram program, params string[] more) => program.RunAsync(
        "",
        ["curl", "--silent", "--cacert", "ca.pem", "--resolve", $"{TerminatingProgram.Name}:{program.Port}:127.0.0.1", "--write-out", " %{http_version} %{http_code}", .. more, $"https://{TerminatingProgram.Name}:{program.Port}/"]);

    private static Task<(int Status, string Output)> SClientAsync(TerminatingProgram program, string input, params string[] more) =>
        program.RunAsync(input, ["openssl", "s_client", "-connect", $"127.0.0.1:{program.Port}", "-servername", TerminatingProgram.Name, "-CAfile", "ca.pem", .. more]);
}
