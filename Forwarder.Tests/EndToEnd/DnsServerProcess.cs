using System.Diagnostics;
using System.Net;

namespace SniForward.Tests.EndToEnd;

/// <summary>A DNS server, dnsmasq, that knows what the test tells it and nothing else. What it answers may be kept for 0 s.</summary>
internal sealed class DnsServerProcess(IPEndPoint address) : IAsyncDisposable
{
    private Process? _process;

    /// <summary>One that any user may run.</summary>
    public static DnsServerProcess OnFreePort() => new(new IPEndPoint(IPAddress.Loopback, TestServer.RefusingPort()));

    /// <summary>One that a resolv.conf can name: at port 53, of an address that no other test has.</summary>
    public static DnsServerProcess OnPort53() => new(new IPEndPoint(new IPAddress([127, Octet(), Octet(), Octet()]), 53));

    public IPEndPoint Address { get; } = address;

    /// <summary>Starts it, or starts it anew with other records.</summary>
    /// <param name="records">dnsmasq's options, such as "address=/a.test/127.0.0.1" and "srv-host=_http._tcp.a.test,a.test,80,0,1".</param>
    public async Task ServeAsync(params string[] records)
    {
        await StopAsync();
        var start = new ProcessStartInfo(
            Machine.NeedsCommand("dnsmasq"),
            [
                "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file=", "--user=root", "--log-facility=-", "--no-resolv", "--no-hosts",
                $"--listen-address={Address.Address}", $"--port={Address.Port}", "--bind-interfaces", "--local=/test/",
                .. records.Select(record => $"--{record}"),
            ])
        {
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        var lines = new List<string>();
        while (await _process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().InTimeAsync() is { } line)
        {
            lines.Add(line);
            if (!line.Contains("started", StringComparison.Ordinal)) continue;
            // What follows must be read, or it would wait for somebody who does.
            _ = _process.StandardError.ReadToEndAsync(CancellationToken.None);
            return;
        }
        throw new InvalidOperationException($"It does not start:\n{string.Join('\n', lines)}");
    }

    /// <summary>Ends it, as a DNS server that is down.</summary>
    public async Task StopAsync()
    {
        if (_process is null) return;
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private static byte Octet() => (byte)Random.Shared.Next(1, 255);
}
