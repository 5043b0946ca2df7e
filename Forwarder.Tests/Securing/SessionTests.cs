using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using SniForward.Peeking;
using SniForward.Securing;

namespace SniForward.Tests.Securing;

/// <summary>Which sessions are resumed, as OpenSSL's own client sees it.</summary>
public abstract class SessionTests : IDisposable
{
    private const string Name = "a.example";

    private static readonly TestAuthority Authority = new();
    private static readonly TestAuthority Clients = new("clients");

    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward-").FullName;
    private readonly string _openssl = Machine.NeedsCommand("openssl");

    private readonly string _version;
    private readonly TlsOffer _offer;

    /// <param name="version">That of TLS.</param>
    /// <param name="offer">What its client offers then.</param>
    private protected SessionTests(string version, TlsOffer offer)
    {
        (_version, _offer) = (version, offer);
        Clients.IssueEcdsa("somebody").WritePem(PathOf("client.pem"), PathOf("client.key"));
    }

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task New_ticket_keys_end_the_sessions_of_before()
    {
        var termination = new TlsTermination(new CertificateStore([Authority.Ecdsa(Name)]));

        Assert.StartsWith("New", await ConnectAsync(termination, "-sess_out", PathOf("session")), StringComparison.Ordinal);
        Assert.StartsWith("Reused", await ConnectAsync(termination, "-sess_in", PathOf("session")), StringComparison.Ordinal);
        termination.UseTicketKeys(1);

        Assert.StartsWith("New", await ConnectAsync(termination, "-sess_in", PathOf("session"), "-sess_out", PathOf("next")), StringComparison.Ordinal);
        Assert.StartsWith("Reused", await ConnectAsync(termination, "-sess_in", PathOf("next")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_of_an_open_route_is_resumed_on_none_with_client_ca()
    {
        var store = new CertificateStore([Authority.Ecdsa(Name)]);
        var (open, closed) = (new TlsTermination(store), NewClosed(store, Clients));

        await ConnectAsync(open, "-sess_out", PathOf("session"));

        Assert.StartsWith("New", await ConnectAsync(closed, ["-sess_in", PathOf("session"), .. OwnCertificate]), StringComparison.Ordinal);
        // Nobody resumes a session to get by without a certificate.
        Assert.Null(await ConnectAsync(closed, "-sess_in", PathOf("session")));
    }

    [Fact]
    public async Task Routes_with_client_ca_give_no_session_that_could_be_taken_to_another()
    {
        var store = new CertificateStore([Authority.Ecdsa(Name)]);
        var (first, second) = (NewClosed(store, Clients), NewClosed(store, new TestAuthority("others")));

        Assert.StartsWith("New", await ConnectAsync(first, ["-sess_out", PathOf("session"), .. OwnCertificate]), StringComparison.Ordinal);

        var session = File.Exists(PathOf("session")) ? new[] { "-sess_in", PathOf("session") } : [];
        Assert.StartsWith("New", await ConnectAsync(first, [.. session, .. OwnCertificate]), StringComparison.Ordinal);
        Assert.Null(await ConnectAsync(second, [.. session, .. OwnCertificate]));
    }

    private string[] OwnCertificate => ["-cert", PathOf("client.pem"), "-key", PathOf("client.key")];

    private static TlsTermination NewClosed(CertificateStore store, TestAuthority authority) =>
        new(store, [authority.Root, authority.Intermediate]) { ClientAuth = ClientAuth.Require };

    /// <summary>What OpenSSL's client says of the session, "New, TLSv1.3, …" or "Reused, …"; null: the server refused it.</summary>
    private async Task<string?> ConnectAsync(TlsTermination termination, params string[] arguments)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var start = new ProcessStartInfo(_openssl, ["s_client", "-connect", $"{listener.LocalEndpoint}", "-servername", Name, $"-tls{_version.Replace('.', '_')}", "-ign_eof", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var client = Process.Start(start)!;
        client.StandardInput.Close();
        var errors = client.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = client.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var accepted = await AcceptAsync(await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken).AsTask().InTimeAsync(), termination);
        await client.WaitForExitAsync(TestContext.Current.CancellationToken).InTimeAsync();
        await errors.InTimeAsync();
        var lines = (await output.InTimeAsync()).Split('\n');
        return accepted ? lines.First(line => line.Contains($", TLSv{_version}, Cipher is", StringComparison.Ordinal)) : null;
    }

    private async Task<bool> AcceptAsync(TcpClient client, TlsTermination termination)
    {
        using var connection = client;
        await using var tls = new SslStream(client.GetStream());
        try
        {
            var options = termination.OptionsFor(Name, _offer);
            await tls.AuthenticateAsServerAsync(options, TestContext.Current.CancellationToken).InTimeAsync();
            // The client stays until it has the session's ticket, and this behind it.
            await tls.WriteAsync("bye\n"u8.ToArray(), TestContext.Current.CancellationToken);
            await tls.ShutdownAsync();
            return true;
        }
        catch (AuthenticationException)
        {
            return false;
        }
    }

    private string PathOf(string file) => Path.Combine(_folder, file);
}

public sealed class SessionTestsOfTls13() : SessionTests("1.3", new TlsOffer(Tls13: true, Ecdsa: true));

public sealed class SessionTestsOfTls12() : SessionTests("1.2", new TlsOffer(Ecdsa: true, EcdsaGcm: true));
