using System.Diagnostics;
using System.Text.Json;
using SniForward.Bench.Load;

namespace SniForward.Bench.Compare;

/// <summary>The load process, which is this program started again with <c>load</c>.</summary>
internal sealed class LoadGenerator : IDisposable
{
    // Beyond the seconds that a measurement takes by itself.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private LoadGenerator(Process process, LoadPorts ports)
    {
        _process = process;
        Ports = ports;
    }

    public LoadPorts Ports { get; }

    public static async Task<LoadGenerator> StartAsync(Pinning pinning, int origins)
    {
        var command = pinning.Generator(["dotnet", typeof(LoadGenerator).Assembly.Location, "load", "--origins", $"{origins}"]);
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["DOTNET_gcConcurrent"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        var process = Process.Start(start) ?? throw new InvalidOperationException("The load process does not start.");
        return new LoadGenerator(process, await ReadAsync<LoadPorts>(process, Patience));
    }

    /// <exception cref="MeasurementException">The measurement failed, or did not come to an end.</exception>
    public async Task<LoadResult> MeasureAsync(LoadRequest request)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(request));
        var result = await ReadAsync<LoadResult>(_process, Patience + TimeSpan.FromSeconds(request.WarmUp + request.Seconds));
        return result.Error is null ? result : throw new MeasurementException(result.Error);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private static async Task<T> ReadAsync<T>(Process process, TimeSpan patience)
    {
        try
        {
            var line = await process.StandardOutput.ReadLineAsync().WaitAsync(patience);
            return JsonSerializer.Deserialize<T>(line ?? "null") ?? throw new MeasurementException("The load process has ended.");
        }
        catch (TimeoutException)
        {
            throw new MeasurementException($"No result after {patience.TotalSeconds:0} s: connections hang.");
        }
    }
}
