using System.Reflection;
using Yarp.ReverseProxy.Configuration;

namespace SniForward.Bench.Compare;

/// <summary>YARP, which is compared for HTTP alone, as <see cref="YarpCommand"/> runs it.</summary>
internal sealed class YarpPeer() : Peer(PeerName, AsInstalled)
{
    public const string PeerName = "yarp";

    /// <summary>Of the package, without the commit.</summary>
    public static string Version =>
        typeof(RouteConfig).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "of unknown version";

    public override bool PassesTls => false;

    public override bool RoutesRequests => true;

    public override IReadOnlyList<string> Prepare(string folder, PeerPorts ports) =>
    [
        "env", "DOTNET_PROCESSOR_COUNT=1",
        "dotnet", typeof(YarpPeer).Assembly.Location, YarpCommand.Name, $"{ports.Http.Listen}", $"{ports.Http.Exchange}", $"{ports.Http.Bulk}",
    ];
}
