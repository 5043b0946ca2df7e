using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Channels;

namespace SniForward.Tests.EndToEnd;

/// <summary>The program itself, as a process of its own.</summary>
internal sealed partial class ForwarderProcess : IAsyncDisposable
{
    /// <summary>What <c>dotnet</c> runs.</summary>
    public static readonly string Program = Path.Combine(AppContext.BaseDirectory, "sniforward.dll");

    private readonly Process _process;
    private readonly Channel<string> _output = Channel.CreateUnbounded<string>();
    private readonly ConcurrentQueue<string> _seen = new();
    private readonly StringBuilder _errors = new();

    private ForwarderProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null) _output.Writer.TryComplete();
            else _output.Writer.TryWrite(line.Data);
        };
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors) if (line.Data is not null) _errors.AppendLine(line.Data);
        };
    }

    public int Id => _process.Id;

    /// <summary>What it wrote to the standard error so far.</summary>
    public string Errors
    {
        get
        {
            lock (_errors) return _errors.ToString();
        }
    }

    /// <summary>Starts <c>sniforward</c> with <paramref name="arguments"/> in <paramref name="folder"/>.</summary>
    public static ForwarderProcess Start(string folder, params string[] arguments) =>
        Start(new ProcessStartInfo("dotnet", [Program, .. arguments]), folder);

    /// <summary>Starts <c>sniforward</c> in <paramref name="folder"/>, with a variable of the environment.</summary>
    public static ForwarderProcess StartWith(string folder, string name, string value) =>
        Start(new ProcessStartInfo("dotnet", [Program]) { Environment = { [name] = value } }, folder);

    /// <summary>Starts <c>sniforward</c> in <paramref name="folder"/>, with at most that many open files.</summary>
    public static ForwarderProcess StartLimited(string folder, int descriptors) =>
        Start(new ProcessStartInfo("sh", ["-c", $"ulimit -n {descriptors}; exec dotnet {Program}"]), folder);

    /// <summary>Starts <c>sniforward</c> in <paramref name="folder"/>, whose system asks the DNS server at port 53 of <paramref name="address"/>.</summary>
    public static ForwarderProcess StartResolvingBy(IPAddress address, string folder)
    {
        var file = Path.Combine(folder, "resolv.conf");
        File.WriteAllText(file, $"nameserver {address}\noptions timeout:1 attempts:1\n");
        var command = $"mount --bind {file} /etc/resolv.conf && exec dotnet {Program}";
        return Start(new ProcessStartInfo("unshare", ["--mount", "sh", "-c", command]), folder);
    }

    /// <summary>
    /// Starts <c>sniforward</c> in <paramref name="folder"/> so that the runtime opens no files of its own later on: where it
    /// cannot, it ends the process, which as a native program it has no cause to.
    /// </summary>
    public static ForwarderProcess StartSteady(string folder) =>
        Start(new ProcessStartInfo("dotnet", [Program]) { Environment = { ["DOTNET_TieredCompilation"] = "0", ["DOTNET_EnableDiagnostics"] = "0" } }, folder);

    /// <summary>Starts <c>sniforward</c> so that it may read only what the modes of files allow its user, even if that is root.</summary>
    public static ForwarderProcess StartConfined(string folder, params string[] arguments) => Start(
        Environment.IsPrivilegedProcess
            ? new ProcessStartInfo(Machine.NeedsCommand("setpriv"), ["--bounding-set=-dac_override,-dac_read_search", "dotnet", Program, .. arguments])
            : new ProcessStartInfo("dotnet", [Program, .. arguments]),
        folder);

    /// <summary>Starts <paramref name="start"/>, which is or becomes the program, in <paramref name="folder"/>.</summary>
    public static ForwarderProcess Start(ProcessStartInfo start, string folder)
    {
        start.WorkingDirectory = folder;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;

        var process = new Process { StartInfo = start };
        var forwarder = new ForwarderProcess(process);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return forwarder;
    }

    /// <summary>Runs it to its end.</summary>
    public static Task<(int Status, string Output, string Errors)> RunAsync(string folder, params string[] arguments) =>
        RunAsync(new ProcessStartInfo("dotnet", [Program, .. arguments]), folder);

    /// <summary>Runs it to its end, with a variable of the environment.</summary>
    public static Task<(int Status, string Output, string Errors)> RunWithAsync(string folder, string name, string value, params string[] arguments) =>
        RunAsync(new ProcessStartInfo("dotnet", [Program, .. arguments]) { Environment = { [name] = value } }, folder);

    private static async Task<(int Status, string Output, string Errors)> RunAsync(ProcessStartInfo start, string folder)
    {
        await using var forwarder = Start(start, folder);
        var status = await forwarder.ExitAsync();
        return (status, await forwarder.RestOfOutputAsync(), forwarder.Errors);
    }

    /// <summary>Waits for the first listener's address.</summary>
    public async Task<IPEndPoint> AddressAsync() => IPEndPoint.Parse((await LineAsync(ListeningOn())).Groups[1].Value);

    /// <summary>The next line of output that <paramref name="pattern"/> matches.</summary>
    public async Task<Match> LineAsync(Regex pattern)
    {
        try
        {
            while (true)
            {
                var line = await _output.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().InTimeAsync();
                _seen.Enqueue(line);
                if (pattern.Match(line) is { Success: true } match) return match;
            }
        }
        catch (Exception e) when (e is ChannelClosedException or TimeoutException)
        {
            throw new InvalidOperationException($"No line matches {pattern}. Output:\n{string.Join('\n', _seen)}\nErrors:\n{Errors}", e);
        }
    }

    public async Task<string> RestOfOutputAsync()
    {
        var lines = new List<string>();
        await foreach (var line in _output.Reader.ReadAllAsync(TestContext.Current.CancellationToken)) lines.Add(line);
        return string.Join('\n', lines);
    }

    /// <summary>Sends it a signal, such as "TERM".</summary>
    public void Signal(string signal)
    {
        // The shell's own kill: not every machine has the program.
        using var kill = Process.Start("sh", ["-c", $"kill -{signal} {_process.Id}"]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).InTimeAsync();
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }
        _process.Dispose();
    }

    [GeneratedRegex(@"is listening on (\S+)")]
    private static partial Regex ListeningOn();
}
