using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;

namespace SniForward.Tests.EndToEnd;

/// <summary>A real PostgreSQL server with TLS, from the system's packages, on a loopback port and with data of its own.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const string User = "postgres";

    private readonly string _folder;
    private readonly Process _process;

    private PostgresServer(string folder, Process process, int port) => (_folder, _process, Port) = (folder, process, port);

    public int Port { get; }

    /// <summary>The certificate that it shows, as a file that clients may trust.</summary>
    public string Certificate => Path.Combine(_folder, "server.crt");

    /// <summary>Starts one whose certificate, and whose cluster_name, is <paramref name="name"/>. The test is skipped where there is no PostgreSQL.</summary>
    public static async Task<PostgresServer> StartAsync(string name)
    {
        var programs = Programs() ?? throw new InvalidOperationException("Skipped, it does not get here.");
        var folder = Directory.CreateTempSubdirectory("sniforward-postgres").FullName;
        var data = Path.Combine(folder, "data");
        WriteCertificate(folder, name);
        await GiveAwayAsync(folder);
        await RunAsync(AsUser(Path.Combine(programs, "initdb"), "-D", data, "-A", "trust", "-U", User, "--no-sync", "--encoding=UTF8"));

        var port = TestServer.RefusingPort();
        var process = Process.Start(AsUser(
            Path.Combine(programs, "postgres"), "-D", data, "-p", $"{port}", "-h", "127.0.0.1", "-k", "", "-F",
            "-c", $"cluster_name={name}", "-c", "ssl=on",
            "-c", $"ssl_cert_file={folder}/server.crt", "-c", $"ssl_key_file={folder}/server.key"))!;
        var server = new PostgresServer(folder, process, port);
        await server.ReadyAsync();
        return server;
    }

    /// <summary>Runs psql with <paramref name="connection"/>, its words: what it prints, or its error.</summary>
    public static async Task<string> AskAsync(string connection, string query)
    {
        var start = new ProcessStartInfo("psql", ["-X", "-A", "-t", "-c", query, connection]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PGCONNECT_TIMEOUT"] = "30";
        using var psql = Process.Start(start)!;
        var output = psql.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = await psql.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken).InTimeAsync();
        return (await output + errors).Trim();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Its log goes to the standard error; the line that says that it is ready comes once it listens.</summary>
    private async Task ReadyAsync()
    {
        var lines = new List<string>();
        while (await _process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().InTimeAsync() is { } line)
        {
            lines.Add(line);
            if (!line.Contains("ready to accept connections", StringComparison.Ordinal)) continue;
            // What follows must be read, or it would wait for somebody who does.
            _ = _process.StandardError.ReadToEndAsync(CancellationToken.None);
            return;
        }
        throw new InvalidOperationException($"PostgreSQL does not start:\n{string.Join('\n', lines)}");
    }

    private static string? Programs()
    {
        Machine.NeedsCommand("psql");
        var versions = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : [];
        var programs = versions.Select(version => Path.Combine(version, "bin")).LastOrDefault(bin => File.Exists(Path.Combine(bin, "initdb")));
        if (programs is null) Assert.Skip("This machine has no PostgreSQL server.");
        return programs;
    }

    private static void WriteCertificate(string folder, string name)
    {
        using var certificate = TlsServer.SelfSigned(name);
        File.WriteAllText(Path.Combine(folder, "server.crt"), certificate.ExportCertificatePem());
        var key = Path.Combine(folder, "server.key");
        using var ecdsa = certificate.GetECDsaPrivateKey();
        File.WriteAllText(key, ecdsa!.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>PostgreSQL refuses to run as root, and so gets the user that its package made.</summary>
    private static ProcessStartInfo AsUser(string program, params string[] arguments)
    {
        var start = Environment.IsPrivilegedProcess
            ? new ProcessStartInfo("setpriv", [$"--reuid={User}", $"--regid={User}", "--clear-groups", program, .. arguments])
            : new ProcessStartInfo(program, arguments);
        start.RedirectStandardError = true;
        start.RedirectStandardOutput = true;
        start.WorkingDirectory = "/";
        return start;
    }

    private static async Task GiveAwayAsync(string folder)
    {
        if (Environment.IsPrivilegedProcess) await RunAsync(new ProcessStartInfo("chown", ["-R", User, folder]));
    }

    private static async Task RunAsync(ProcessStartInfo start)
    {
        start.RedirectStandardError = true;
        start.RedirectStandardOutput = true;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken).InTimeAsync();
        await output;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).InTimeAsync();
        Assert.True(process.ExitCode == 0, errors);
    }
}
