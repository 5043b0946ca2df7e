using System.Diagnostics;

namespace SniForward.Tests.EndToEnd;

/// <summary>Another proxy, from the system's packages, with a configuration of the test's.</summary>
internal sealed class PeerProcess : IAsyncDisposable
{
    private readonly string _folder;
    private readonly Process _process;

    private PeerProcess(string folder, Process process) => (_folder, _process) = (folder, process);

    public static Task<PeerProcess> StartHaproxyAsync(string config)
    {
        Machine.NeedsCommand("haproxy");
        return StartAsync(config, "Loading success.", file => new ProcessStartInfo("haproxy", ["-W", "-db", "-f", file]));
    }

    public static Task<PeerProcess> StartNginxAsync(string config)
    {
        Machine.NeedsCommand("nginx");
        if (!File.Exists("/usr/lib/nginx/modules/ngx_stream_module.so")) Assert.Skip("This machine has no stream module for nginx.");
        const string Top = "load_module /usr/lib/nginx/modules/ngx_stream_module.so;\ndaemon off;\nmaster_process off;\nerror_log stderr notice;\npid none.pid;\nevents {}\n";
        return StartAsync(Top + config, "nginx/", file => new ProcessStartInfo("nginx", ["-e", "stderr", "-p", Path.GetDirectoryName(file)!, "-c", file]));
    }

    /// <summary>Serves the files of a folder by HTTP/2 on a port of 127.0.0.1.</summary>
    /// <param name="folder">Its files.</param>
    /// <param name="port">A free one.</param>
    /// <param name="tls">The files of a key and its certificate; without them it speaks no TLS.</param>
    public static Task<PeerProcess> StartNghttpdAsync(string folder, int port, params string[] tls)
    {
        Machine.NeedsCommand("nghttpd");
        string[] arguments = ["--verbose", "-a", "127.0.0.1", "-d", folder, .. tls.Length == 0 ? ["--no-tls"] : Array.Empty<string>(), $"{port}", .. tls];
        return StartAsync("", "listen", _ => new ProcessStartInfo("sh", ["-c", "exec nghttpd \"$@\" >&2", "sh", .. arguments]));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Waits for <paramref name="ready"/> on the standard error, which comes once it listens.</summary>
    private static async Task<PeerProcess> StartAsync(string config, string ready, Func<string, ProcessStartInfo> start)
    {
        var folder = Directory.CreateTempSubdirectory("sniforward-peer").FullName;
        var file = Path.Combine(folder, "peer.conf");
        await File.WriteAllTextAsync(file, config, TestContext.Current.CancellationToken);
        var info = start(file);
        info.RedirectStandardError = true;
        var process = Process.Start(info)!;
        var peer = new PeerProcess(folder, process);
        var lines = new List<string>();
        while (await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().InTimeAsync() is { } line)
        {
            lines.Add(line);
            if (!line.Contains(ready, StringComparison.Ordinal)) continue;
            // What follows must be read, or it would wait for somebody who does.
            _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
            return peer;
        }
        await peer.DisposeAsync();
        throw new InvalidOperationException($"It does not start:\n{string.Join('\n', lines)}");
    }
}
