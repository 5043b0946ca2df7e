using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace SniForward.Bench.Compare;

/// <summary>A proxy that runs. Disposing it ends it with SIGTERM, as its service manager would.</summary>
internal sealed class PeerProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    public PeerProcess(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };
        StartedAt = Stopwatch.GetTimestamp();
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} does not start.");
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>When it was started, a <see cref="Stopwatch"/> timestamp.</summary>
    public long StartedAt { get; }

    /// <summary>It and its children, as they are now.</summary>
    public IReadOnlyList<int> Ids => ProcessTree.Of(_process.Id);

    /// <summary>What it has said.</summary>
    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            ShortCommand.Run("kill", "-TERM", _process.Id.ToString(CultureInfo.InvariantCulture));
            if (!_process.WaitForExit(Patience)) _process.Kill(entireProcessTree: true);
        }
        _process.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output) _output.AppendLine(line.Data);
    }
}
