using System.Text.RegularExpressions;
using SniForward.Startup.Configuration;

namespace SniForward.Tests.Deploy;

/// <summary>What the Kubernetes manifests say of each other is true.</summary>
public sealed partial class KubernetesTests : IDisposable
{
    private static readonly string Folder = Path.Combine(Repository.Folder("deploy"), "kubernetes");

    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_configuration_is_valid_and_agrees_with_the_deployment()
    {
        var (config, deployment) = (ReadConfig(), File.ReadAllText(Path.Combine(Folder, "deployment.yaml")));

        Assert.Contains($"name: web, containerPort: {PortOf(config.Listeners[0].Bind[0])} ", deployment, StringComparison.Ordinal);
        Assert.Contains($"name: admin, containerPort: {PortOf(config.Admin!.Bind)} ", deployment, StringComparison.Ordinal);
        var grace = int.Parse(Grace().Match(deployment).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(TimeSpan.FromSeconds(grace) > config.Timeouts.DrainDelay + config.Timeouts.Drain, "The pod is killed before its connections may have ended.");
    }

    [Fact]
    public void Every_manifest_is_applied()
    {
        var listed = Listed().Matches(File.ReadAllText(Path.Combine(Folder, "kustomization.yaml"))).Select(match => match.Groups[1].Value);

        Assert.Equal(
            Directory.GetFiles(Folder, "*.yaml").Select(Path.GetFileName).Where(name => name != "kustomization.yaml").Order(StringComparer.Ordinal),
            listed.Order(StringComparer.Ordinal));
    }

    private ForwarderConfig ReadConfig()
    {
        var token = Path.Combine(_folder, "admin.token");
        File.WriteAllText(token, "0123456789abcdef\n");
        var map = File.ReadAllText(Path.Combine(Folder, "configmap.yaml"));
        var text = map[(map.IndexOf("|\n", StringComparison.Ordinal) + 2)..].Replace("\n    ", "\n", StringComparison.Ordinal).TrimStart();

        var read = ConfigReader.Read(text.Replace("/etc/sniforward-admin/admin.token", token, StringComparison.Ordinal), "configmap.yaml");

        Assert.Equal("", string.Join('\n', read.Errors.Concat(read.Warnings)));
        return read.Config!;
    }

    private static int PortOf(System.Net.EndPoint address) => ((System.Net.IPEndPoint)address).Port;

    [GeneratedRegex(@"terminationGracePeriodSeconds: (\d+)")]
    private static partial Regex Grace();

    [GeneratedRegex(@"(?m)^  - (\w+\.yaml)$")]
    private static partial Regex Listed();
}
