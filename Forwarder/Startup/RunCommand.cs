using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SniForward.Startup.Configuration;
using SniForward.Telemetry.Access;

namespace SniForward.Startup;

/// <summary><c>sniforward run</c>: forwards until it is told to stop.</summary>
internal static class RunCommand
{
    public static async Task<int> RunAsync(string configFile)
    {
        var read = ConfigReader.ReadFile(configFile);
        if (read.Config is null) return CheckCommand.Report(read);

        using var inherited = InheritedSockets.Take();
        using var host = NewHost(read, read.Config, inherited);
        try
        {
            await host.RunAsync().ConfigureAwait(false);
            return ExitCode.Ok;
        }
        catch (Exception e) when (e is BindException or AccessFileException)
        {
            await Console.Error.WriteLineAsync($"sniforward: {e.Message}").ConfigureAwait(false);
            return ExitCode.Failed;
        }
    }

    private static IHost NewHost(ConfigResult read, ForwarderConfig config, InheritedSockets inherited)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        LogSetup.Configure(builder.Logging, config.Log);
        builder.Services.AddSingleton(read);
        builder.Services.AddSingleton(config);
        builder.Services.AddSingleton(inherited);
        builder.Services.AddHostedService<ForwarderService>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = config.Timeouts.DrainDelay + config.Timeouts.Drain + TimeSpan.FromSeconds(10));
        return builder.Build();
    }
}
