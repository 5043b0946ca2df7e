using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using SniForward.Tests.Securing;

namespace SniForward.Tests.EndToEnd;

/// <summary>
/// The program, with the TLS of <see cref="Name"/> ending in it, in front of a server that answers HTTP/1.1 with 200: for
/// real clients, which are run in its folder. That holds ca.pem, and the certificate and key of a client whom ca.pem vouches
/// for (client.pem, client.key), of one whose time is over (expired) and of one that another authority vouches for (stranger).
/// </summary>
internal sealed class TerminatingProgram : IAsyncDisposable
{
    public const string Name = "app.example";

    private static readonly TestAuthority Authority = new();

    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;
    private readonly TestServer _server = TestServer.Start(async stream =>
    {
        using var reader = new StreamReader(stream, leaveOpen: true);
        while (await reader.ReadLineAsync() is { Length: > 0 })
        {
        }
        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"u8.ToArray());
    });
    private readonly ForwarderProcess _forwarder;

    private TerminatingProgram(string[] keys, string tls, string route, string? openssl)
    {
        File.WriteAllText(PathOf("ca.pem"), Authority.Root.ExportCertificatePem() + "\n" + Authority.Intermediate.ExportCertificatePem());
        foreach (var key in keys) Write(Issue(key), key);
        Write(Authority.IssueEcdsa("a client"), "client");
        Write(Authority.IssueEcdsa(DateTimeOffset.UtcNow.AddDays(-30), DateTimeOffset.UtcNow.AddDays(-1), "a client"), "expired");
        Write(new TestAuthority("another").IssueEcdsa("a client"), "stranger");
        File.WriteAllText(PathOf("forward.toml"), $$"""
            [[listener]]
            bind = "127.0.0.1:0"
            [[route]]
            hosts = ["{{Name}}"]
            tls = { certificate = [{{List(keys, "pem")}}], key = [{{List(keys, "key")}}]{{tls}} }
            backend = "127.0.0.1:{{_server.Port}}"
            {{route}}
            """);
        _forwarder = openssl is null ? ForwarderProcess.Start(_folder) : ForwarderProcess.StartWith(_folder, "OPENSSL_CONF", openssl);
    }

    /// <summary>Where it listens, on 127.0.0.1.</summary>
    public int Port { get; private set; }

    /// <param name="keys">The kinds of its certificates: "rsa", "ecdsa", and of ECDSA "over" and "early", which are not valid now.</param>
    /// <param name="tls">What else its route's tls has, after a comma.</param>
    /// <param name="route">What else its route has.</param>
    /// <param name="openssl">OpenSSL's configuration; null: the system's.</param>
    public static async Task<TerminatingProgram> StartAsync(string[] keys, string tls = "", string route = "", string? openssl = null)
    {
        var program = new TerminatingProgram(keys, tls, route, openssl);
        program.Port = (await program._forwarder.AddressAsync()).Port;
        return program;
    }

    /// <summary>Runs <c>sniforward check</c> on its configuration.</summary>
    public Task<(int Status, string Output, string Errors)> CheckAsync() => ForwarderProcess.RunAsync(_folder, "check");

    /// <summary>Runs a client in the folder to its end.</summary>
    /// <param name="input">What it gets on its standard input, which is then left open until it ends.</param>
    /// <param name="command">The program and its arguments.</param>
    public async Task<(int Status, string Output)> RunAsync(string input, params string[] command)
    {
        var start = new ProcessStartInfo(Machine.NeedsCommand(command[0]), command[1..])
        {
            WorkingDirectory = _folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var client = Process.Start(start)!;
        var (output, errors) = (client.StandardOutput.ReadToEndAsync(CancellationToken.None), client.StandardError.ReadToEndAsync(CancellationToken.None));
        try
        {
            await client.StandardInput.WriteAsync(input);
            await client.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
            await client.WaitForExitAsync(TestContext.Current.CancellationToken).InTimeAsync();
            return (client.ExitCode, await output + await errors);
        }
        finally
        {
            if (!client.HasExited) client.Kill();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _forwarder.DisposeAsync();
        _server.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string List(string[] keys, string extension) => string.Join(", ", keys.Select(key => $"\"{key}.{extension}\""));

    private static X509Certificate2 Issue(string kind)
    {
        var now = DateTimeOffset.UtcNow;
        return kind switch
        {
            "rsa" => Authority.IssueRsa(Name),
            "ecdsa" => Authority.IssueEcdsa(Name),
            "over" => Authority.IssueEcdsa(now.AddDays(-30), now.AddDays(-1), Name),
            "early" => Authority.IssueEcdsa(now.AddDays(1), now.AddDays(30), Name),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
    }

    private void Write(X509Certificate2 certificate, string name)
    {
        certificate.WritePem(PathOf(name + ".pem"), PathOf(name + ".key"));
        File.AppendAllText(PathOf(name + ".pem"), "\n" + Authority.Intermediate.ExportCertificatePem());
    }

    private string PathOf(string file) => Path.Combine(_folder, file);
}
