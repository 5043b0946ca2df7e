using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using SniForward.Tests.Securing;

namespace SniForward.Tests.EndToEnd;

/// <summary>A gigabyte each way at once, through TLS that ends in the program and through TLS that begins there again.</summary>
[Collection(nameof(RunsAlone))]
public sealed partial class TlsBulkTests : IDisposable
{
    private const int Blocks = 1000;

    private static readonly TimeSpan Limit = 5 * Patience.Limit;
    private static readonly TestAuthority Authority = new();
    private static readonly byte[] Head = "GET / HTTP/1.1\r\nHost: app.example\r\n\r\n"u8.ToArray();
    private static readonly byte[] Block = RandomNumberGenerator.GetBytes(1_000_003);

    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;
    private readonly X509Certificate2 _certificate = Authority.IssueEcdsa("app.example", "inner.example");

    public TlsBulkTests()
    {
        _certificate.WritePem(PathOf("site.pem"), PathOf("site.key"));
        File.AppendAllText(PathOf("site.pem"), "\n" + Authority.Intermediate.ExportCertificatePem());
        File.WriteAllText(PathOf("ca.pem"), Authority.Root.ExportCertificatePem());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_gigabyte_passes_each_way_at_once_unchanged(bool beginsAgain)
    {
        using var server = TestServer.Start();
        await File.WriteAllTextAsync(PathOf("forward.toml"), $$"""
            [[listener]]
            bind = "127.0.0.1:0"
            [[route]]
            hosts = ["app.example"]
            tls = { certificate = "site.pem", key = "site.key" }
            backend = "server"
            [backend.server]
            servers = ["127.0.0.1:{{server.Port}}"]
            {{(beginsAgain ? "tls = { ca = \"ca.pem\", server_name = \"inner.example\" }" : "")}}
            """, TestContext.Current.CancellationToken);
        await using var program = ForwarderProcess.Start(_folder);
        using var socket = await TestClient.ConnectAsync(await program.AddressAsync());
        await using var client = await socket.StartTlsAsync("app.example");
        var accepting = AcceptAsync(server, beginsAgain);
        await client.WriteAsync(Head, TestContext.Current.CancellationToken);
        await using var accepted = await accepting;
        var head = new byte[Head.Length];
        await accepted.ReadExactlyAsync(head, TestContext.Current.CancellationToken).AsTask().InTimeAsync();
        Assert.Equal(Head, head);

        var digests = Task.WhenAll(DigestAsync(client), DigestAsync(accepted));
        await Task.WhenAll(SendAsync(client), SendAsync(accepted), digests).WaitAsync(Limit, TestContext.Current.CancellationToken);
        await client.ShutdownAsync();
        Assert.Equal(0, await accepted.ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask().InTimeAsync());
        if (accepted is SslStream tls) await tls.ShutdownAsync();
        await accepted.DisposeAsync();

        using var expected = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < Blocks; i++) expected.AppendData(Block);
        var digest = expected.GetHashAndReset();
        Assert.All(await digests, received => Assert.Equal(digest, received));
        var size = (long)Block.Length * Blocks;
        var line = await program.LineAsync(AccessLine());
        Assert.Equal(($"{size + Head.Length}", $"{size}", "completed"), (line.Groups["up"].Value, line.Groups["down"].Value, line.Groups["end"].Value));
    }

    private async Task<Stream> AcceptAsync(TestServer server, bool inTls)
    {
        var stream = new NetworkStream(await server.AcceptAsync(), ownsSocket: true);
        if (!inTls) return stream;
        var tls = new SslStream(stream);
        var context = SslStreamCertificateContext.Create(_certificate, [Authority.Intermediate], offline: true);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = context }, TestContext.Current.CancellationToken);
        return tls;
    }

    private static async Task SendAsync(Stream stream)
    {
        for (var i = 0; i < Blocks; i++) await stream.WriteAsync(Block, TestContext.Current.CancellationToken);
    }

    private static async Task<byte[]> DigestAsync(Stream stream)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[Block.Length];
        for (var i = 0; i < Blocks; i++)
        {
            await stream.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken);
            hash.AppendData(buffer);
        }
        return hash.GetHashAndReset();
    }

    private string PathOf(string file) => Path.Combine(_folder, file);

    [GeneratedRegex(@" bytes_received=(?<up>\d+) bytes_sent=(?<down>\d+) .* end=(?<end>\w+) ")]
    private static partial Regex AccessLine();
}
