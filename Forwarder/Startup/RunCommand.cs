using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SniForward.Startup.Configuration;
using SniForward.Startup.TakeOver;
using SniForward.Telemetry.Access;

namespace SniForward.Startup;

/// <summary><c>sniforward run</c>: forwards until it is told to stop.</summary>
internal static class RunCommand
{
    /// <param name="configFile">The configuration.</param>
    /// <param name="takeOver">The unix socket over which processes that follow each other hand their sockets on; null: they do not.</param>
    public static async Task<int> RunAsync(string configFile, string? takeOver = null)
    {
        var read = ConfigReader.ReadFile(configFile);
        if (read.Config is null) return CheckCommand.Report(read);

        using var inherited = InheritedSockets.Take();
        try
        {
            using var tenure = Tenure.Begin(takeOver, inherited);
            using var host = NewHost(read, read.Config, inherited, tenure);
            await host.RunAsync().ConfigureAwait(false);
            return ExitCode.Ok;
        }
        catch (Exception e) when (e is BindException or AccessFileException or TakeOverException)
        {
            await Console.Error.WriteLineAsync($"sniforward: {e.Message}").ConfigureAwait(false);
            return ExitCode.Failed;
        }
    }

    private static IHost NewHost(ConfigResult read, ForwarderConfig config, InheritedSockets inherited, Tenure tenure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        LogSetup.Configure(builder.Logging, config.Log);
        builder.Services.AddSingleton(read);
        builder.Services.AddSingleton(config);
        builder.Services.AddSingleton(inherited);
        builder.Services.AddSingleton(tenure);
        builder.Services.AddHostedService<ForwarderService>();
        // The drain ends by itself, and how long it may take a reload can change.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        return builder.Build();
    }
}
