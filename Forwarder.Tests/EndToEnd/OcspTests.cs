using System.Diagnostics;
using System.Globalization;
using SniForward.Tests.Securing;

namespace SniForward.Tests.EndToEnd;

/// <summary>OCSP stapling, between OpenSSL's own responder and its own client.</summary>
public sealed class OcspTests : IDisposable
{
    private const string NotSent = "OCSP response: no response sent";

    private readonly TestAuthority _authority = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_status_is_shown_as_soon_as_it_is_known_if_it_shall_be(bool staples)
    {
        var port = TestServer.RefusingPort();
        var serial = WriteCertificate(port);
        _authority.WriteIssuer(PathOf("issuer.pem"), PathOf("issuer.key"));
        await File.WriteAllTextAsync(PathOf("index.txt"), $"V\t491231235959Z\t\t{serial}\tunknown\t/CN=status\n", TestContext.Current.CancellationToken);
        await using var program = StartProgram(staples);
        var address = await program.AddressAsync();

        var (responder, heard) = await StartResponderAsync(port);
        try
        {
            var output = await AskAsync(address.Port);
            using var patience = new CancellationTokenSource(Patience.Limit);
            while (staples && output.Contains(NotSent, StringComparison.Ordinal))
            {
                patience.Token.ThrowIfCancellationRequested();
                output = await AskAsync(address.Port);
            }

            if (staples) Assert.Matches(@"OCSP Response Status: successful \(0x0\)(.|\n)*Cert Status: good\n", output);
            else Assert.Contains(NotSent, output, StringComparison.Ordinal);
        }
        finally
        {
            responder.Kill();
            await heard.InTimeAsync();
            responder.Dispose();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nobody_waits_for_a_responder_that_does_not_answer(bool accepts)
    {
        using var silent = TestServer.Start();
        WriteCertificate(accepts ? silent.Port : TestServer.RefusingPort());
        await using var program = StartProgram(staples: true);
        var address = await program.AddressAsync();

        for (var i = 0; i < 3; i++)
        {
            var output = await AskAsync(address.Port);
            Assert.Contains(NotSent, output, StringComparison.Ordinal);
            Assert.Contains("Verify return code: 0 (ok)", output, StringComparison.Ordinal);
        }
        if (accepts) (await silent.AcceptAsync()).Dispose();
    }

    private ForwarderProcess StartProgram(bool staples)
    {
        File.WriteAllText(PathOf("forward.toml"), $$"""
            [[listener]]
            bind = "127.0.0.1:0"
            [[certificate]]
            certificate = "site.pem"
            key = "site.key"
            ocsp_stapling = {{(staples ? "true" : "false")}}
            [[route]]
            hosts = ["app.example"]
            tls = true
            backend = "127.0.0.1:{{TestServer.RefusingPort()}}"
            """);
        return ForwarderProcess.Start(_folder);
    }

    /// <summary>Writes a certificate with its whole chain, whose status is known at a port. Its serial number.</summary>
    private string WriteCertificate(int port)
    {
        var certificate = _authority.IssueWithStatus(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"), "app.example");
        certificate.WritePem(PathOf("site.pem"), PathOf("site.key"));
        File.WriteAllText(PathOf("ca.pem"), _authority.Root.ExportCertificatePem());
        File.AppendAllText(PathOf("site.pem"), $"\n{_authority.Intermediate.ExportCertificatePem()}\n{_authority.Root.ExportCertificatePem()}");
        return certificate.SerialNumber;
    }

    /// <summary>A responder that listens, and what ends with its output.</summary>
    private async Task<(Process Responder, Task Heard)> StartResponderAsync(int port)
    {
        string[] arguments = ["-port", $"{port}", "-index", "index.txt", "-CA", "issuer.pem", "-rsigner", "issuer.pem", "-rkey", "issuer.key", "-nmin", "60"];
        var responder = Process.Start(new ProcessStartInfo("openssl", ["ocsp", .. arguments]) { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        while (await responder.StandardError.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().InTimeAsync() is { } line && !line.Contains("waiting for", StringComparison.Ordinal))
        {
        }
        return (responder, Task.WhenAll(responder.StandardError.ReadToEndAsync(CancellationToken.None), responder.StandardOutput.ReadToEndAsync(CancellationToken.None)));
    }

    /// <summary>What OpenSSL's client says of one handshake.</summary>
    private async Task<string> AskAsync(int port)
    {
        string[] arguments = ["-connect", $"127.0.0.1:{port}", "-servername", "app.example", "-CAfile", "ca.pem", "-status"];
        var start = new ProcessStartInfo(Machine.NeedsCommand("openssl"), ["s_client", .. arguments])
        {
            WorkingDirectory = _folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var client = Process.Start(start)!;
        client.StandardInput.Close();
        var errors = client.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await client.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).InTimeAsync();
        await errors.InTimeAsync();
        return output;
    }

    private string PathOf(string file) => Path.Combine(_folder, file);
}
