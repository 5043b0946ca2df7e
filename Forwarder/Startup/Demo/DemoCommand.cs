using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using SniForward.Startup.Configuration;

namespace SniForward.Startup.Demo;

/// <summary><c>sniforward demo</c>: three little web servers and a forwarder in front of them, all on loopback.</summary>
internal static class DemoCommand
{
    private const int PreferredPort = 4433;

    /// <summary>Runs until Ctrl-C or SIGTERM.</summary>
    public static async Task<int> RunAsync()
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

        using var first = DemoServer.Start("sub1.xyz.com");
        using var second = DemoServer.Start("sub2.xyz.com");
        using var rest = DemoServer.Start("everything else");
        var toml = Toml(first.Address, second.Address, rest.Address);
        if (ConfigReader.Read(toml, "demo.toml").Config is not { } config)
            throw new InvalidOperationException("The demo's own configuration is refused.");

        using var logs = LoggerFactory.Create(logging => LogSetup.Configure(logging, config.Log));
        Forwarder forwarder;
        try
        {
            forwarder = Forwarder.Start(config, logs);
        }
        catch (BindException e)
        {
            await Console.Error.WriteLineAsync($"sniforward: {e.Message}").ConfigureAwait(false);
            return ExitCode.Failed;
        }

        Console.WriteLine(Introduction(toml));
        await UntilAsync(stop.Token).ConfigureAwait(false);
        await forwarder.StopAsync(TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false);
        return ExitCode.Ok;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    private static string Toml(EndPoint first, EndPoint second, EndPoint rest) => $"""
        [[listener]]
        bind = "127.0.0.1:{PreferredPort}"
        name = "demo"

        [[route]]
        hosts = ["sub1.xyz.com"]
        backend = "{first}"

        [[route]]
        hosts = ["sub2.xyz.com"]
        backend = "{second}"

        [default]
        backend = "{rest}"
        """;

    private static string Introduction(string toml) => $"""

        This configuration is running:

        {toml.ReplaceLineEndings("\n").Replace("\n", "\n    ", StringComparison.Ordinal).Insert(0, "    ")}

        Try it from another terminal; each server says its own name. TLS goes through undecrypted, to a certificate
        that the server made for itself, which is why curl is told not to verify it (-k).

        {Curl("http", "sub1.xyz.com")}
        {Curl("http", "sub2.xyz.com")}
        {Curl("http", "other.xyz.com")}
        {Curl("https", "sub1.xyz.com")}
        {Curl("https", "sub2.xyz.com")}
        {Curl("https", "other.xyz.com")}

        Ctrl-C ends it. Each connection is logged below.

        """;

    private static string Curl(string scheme, string host) =>
        $"curl {(scheme == "https" ? "-k " : "")}--resolve {host}:{PreferredPort}:127.0.0.1 {scheme}://{host}:{PreferredPort}/";

    private static async Task UntilAsync(CancellationToken stop)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Asked to stop.
        }
    }
}
