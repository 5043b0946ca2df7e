using System.Diagnostics;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace SniForward.Tests.EndToEnd;

/// <summary>A connection that cannot go on costs nothing: no call of the kernel is made until it can.</summary>
[Collection(nameof(RunsAlone))]
public sealed partial class StallTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("the client does not read", false, false)]
    [InlineData("the server does not read", true, false)]
    [InlineData("the client does not read, and has ended its own side", false, true)]
    [InlineData("the server does not read, and has ended its own side", true, true)]
    public async Task A_stalled_connection_makes_next_to_no_system_calls(string what, bool up, bool ended)
    {
        Machine.NeedsCommand("strace");
        using var server = TestServer.Start();
        File.WriteAllText(
            Path.Combine(_folder, "forward.toml"),
            $"{Engine.Epoll.Line()}\nthreads = 1\nwatch = false\n[[listener]]\nbind = \"127.0.0.1:0\"\n[default]\nbackend = \"127.0.0.1:{server.Port}\"");
        await using var forwarder = ForwarderProcess.Start(_folder);
        using var client = await TestClient.ConnectAsync(await forwarder.AddressAsync());
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        using var accepted = await server.AcceptAsync();
        var (source, sink) = up ? (client.Socket, accepted) : (accepted, client.Socket);
        if (ended) sink.Shutdown(SocketShutdown.Send);
        source.Blocking = false;
        // Full when nothing more is taken for a while.
        while (await Task.Run(() => source.Poll(TimeSpan.FromMilliseconds(500), SelectMode.SelectWrite))) source.Send(new byte[64 * 1024], SocketFlags.None, out _);

        var calls = await CountSystemCallsAsync(forwarder.Id);

        Assert.True(calls < 100, $"{calls} system calls in a second while {what}.");
    }

    /// <summary>Those of all threads within a second.</summary>
    private static async Task<int> CountSystemCallsAsync(int process)
    {
        var start = new ProcessStartInfo("timeout", ["--signal=INT", "1", "strace", "-f", "-c", "-p", $"{process}"]) { RedirectStandardError = true };
        using var strace = Process.Start(start)!;
        var summary = await strace.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken).InTimeAsync();
        await strace.WaitForExitAsync(TestContext.Current.CancellationToken).InTimeAsync();
        if (!summary.Contains("attached", StringComparison.Ordinal)) Assert.Skip($"strace may not look: {summary}");
        // Without a single call there is no table.
        return Total().Match(summary) is { Success: true } total ? int.Parse(total.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) : 0;
    }

    [GeneratedRegex(@"^100\.00\s+\S+\s+(?:\d+\s+)?(\d+)\s+(?:\d+\s+)?total", RegexOptions.Multiline)]
    private static partial Regex Total();
}
