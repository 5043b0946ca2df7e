using System.CommandLine;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SniForward.Bench.Load;
using Yarp.ReverseProxy.Configuration;

namespace SniForward.Bench.Compare;

/// <summary><c>yarp</c>: YARP on Kestrel, as its documentation begins, without logs; see <see cref="YarpPeer"/>.</summary>
internal static class YarpCommand
{
    public const string Name = "yarp";

    public static Command Create()
    {
        var listen = new Argument<int>("listen") { Description = "The port of loopback to listen on." };
        var exchange = new Argument<int>("exchange") { Description = "The port of the origin of small exchanges." };
        var bulk = new Argument<int>("bulk") { Description = "The port of the origin of bulk transfers." };
        var command = new Command(Name, "Forward HTTP with YARP.") { listen, exchange, bulk };
        command.Hidden = true;
        command.SetAction((parsed, cancelled) =>
            RunAsync(new HttpPorts(parsed.GetValue(listen), parsed.GetValue(exchange), parsed.GetValue(bulk)), cancelled));
        return command;
    }

    private static async Task RunAsync(HttpPorts ports, CancellationToken cancelled)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, ports.Listen));
        builder.Services.AddReverseProxy().LoadFromMemory(
            [RouteTo("exchange", null), RouteTo("bulk", [Hello.BulkName])],
            [Cluster("exchange", ports.Exchange), Cluster("bulk", ports.Bulk)]);
        await using var app = builder.Build();
        app.MapReverseProxy();
        await app.StartAsync(cancelled);
        await app.WaitForShutdownAsync(cancelled);
    }

    private static RouteConfig RouteTo(string cluster, string[]? hosts) =>
        new() { RouteId = cluster, ClusterId = cluster, Match = new RouteMatch { Path = "{**rest}", Hosts = hosts } };

    private static ClusterConfig Cluster(string id, int port) => new()
    {
        ClusterId = id,
        Destinations = new Dictionary<string, DestinationConfig> { [id] = new() { Address = $"http://127.0.0.1:{port}/" } },
    };
}
