using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using SniForward.Tests.Securing;

namespace SniForward.Tests.EndToEnd;

/// <summary>A browser at the program: HTTP/1.1 in TLS that ends there, and HTTP/2 in TLS that passes through.</summary>
public sealed class ChromiumTests : IDisposable
{
    /// <summary>The page says by which protocol it came.</summary>
    private const string Page = "<html><script>document.write('it came by ' + performance.getEntriesByType('navigation')[0].nextHopProtocol)</script></html>";

    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_gets_a_page_where_TLS_ends_and_one_where_it_passes_through()
    {
        var chromium = Machine.NeedsCommand("chromium");
        var certificate = new TestAuthority().IssueEcdsa("ended.example", "passed.example");
        certificate.WritePem(PathOf("site.pem"), PathOf("site.key"));
        await File.WriteAllTextAsync(PathOf("index.html"), Page, TestContext.Current.CancellationToken);
        using var ended = TestServer.Start(async stream =>
        {
            using var reader = new StreamReader(stream, leaveOpen: true);
            while (await reader.ReadLineAsync() is { Length: > 0 })
            {
            }
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {Page.Length}\r\nConnection: close\r\n\r\n{Page}"));
        });
        var port = TestServer.RefusingPort();
        await using var passed = await PeerProcess.StartNghttpdAsync(_folder, port, PathOf("site.key"), PathOf("site.pem"));
        await File.WriteAllTextAsync(PathOf("forward.toml"), $$"""
            [[listener]]
            bind = "127.0.0.1:0"
            [[route]]
            hosts = ["ended.example"]
            tls = { certificate = "site.pem", key = "site.key" }
            backend = "127.0.0.1:{{ended.Port}}"
            [[route]]
            hosts = ["passed.example"]
            backend = "127.0.0.1:{{port}}"
            """, TestContext.Current.CancellationToken);
        await using var program = ForwarderProcess.Start(_folder);
        var listening = (await program.AddressAsync()).Port;
        var trusted = Convert.ToBase64String(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));

        Assert.Contains("it came by http/1.1", await DumpAsync(chromium, trusted, $"https://ended.example:{listening}/"), StringComparison.Ordinal);
        Assert.Contains("it came by h2", await DumpAsync(chromium, trusted, $"https://passed.example:{listening}/"), StringComparison.Ordinal);
    }

    /// <summary>The page, as the browser has it once its scripts have run. Nothing but the port on loopback is asked.</summary>
    private async Task<string> DumpAsync(string chromium, string trusted, string url)
    {
        string[] arguments =
        [
            "--headless", "--no-sandbox", "--disable-gpu", $"--user-data-dir={PathOf("profile")}",
            "--host-resolver-rules=MAP *.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            $"--ignore-certificate-errors-spki-list={trusted}", "--dump-dom", url,
        ];
        using var browser = Process.Start(new ProcessStartInfo(chromium, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            var errors = browser.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var page = await browser.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).InTimeAsync();
            return page.Length > 0 ? page : await errors.InTimeAsync();
        }
        finally
        {
            browser.Kill(entireProcessTree: true);
            await browser.WaitForExitAsync(CancellationToken.None);
        }
    }

    private string PathOf(string file) => Path.Combine(_folder, file);
}
