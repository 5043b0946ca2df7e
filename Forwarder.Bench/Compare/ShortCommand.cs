using System.Diagnostics;

namespace SniForward.Bench.Compare;

/// <summary>Runs commands that end by themselves.</summary>
internal static class ShortCommand
{
    /// <summary>The exit status, and standard output and error one after the other.</summary>
    public static (int Status, string Output) Run(params IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} does not start.");
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.GetAwaiter().GetResult());
    }
}
