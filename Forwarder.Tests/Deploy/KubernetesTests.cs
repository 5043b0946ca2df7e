using System.Diagnostics;
using System.Text.RegularExpressions;
using k8s;
using k8s.Models;
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

    [Theory]
    [InlineData("namespace.yaml", typeof(V1Namespace))]
    [InlineData("configmap.yaml", typeof(V1ConfigMap))]
    [InlineData("deployment.yaml", typeof(V1Deployment))]
    [InlineData("service.yaml", typeof(V1Service))]
    [InlineData("hpa.yaml", typeof(V2HorizontalPodAutoscaler))]
    [InlineData("pdb.yaml", typeof(V1PodDisruptionBudget))]
    public void Every_manifest_has_only_what_the_API_knows(string file, Type kind)
    {
        var manifest = Assert.Single(KubernetesYaml.LoadAllFromString(File.ReadAllText(Path.Combine(Folder, file)), strict: true));

        Assert.IsType(kind, manifest);
        Assert.ThrowsAny<Exception>(() => KubernetesYaml.LoadAllFromString($"{File.ReadAllText(Path.Combine(Folder, file))}\nnonsense: 1\n", strict: true));
    }

    [Fact]
    public async Task Kubectl_makes_one_of_them()
    {
        foreach (var file in Directory.GetFiles(Folder, "*.yaml")) File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        await File.WriteAllTextAsync(Path.Combine(_folder, "admin.token"), "0123456789abcdef", TestContext.Current.CancellationToken);
        var start = new ProcessStartInfo(Machine.NeedsCommand("kubectl"), ["kustomize", _folder]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var kubectl = Process.Start(start)!;
        var (output, errors) = (kubectl.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), kubectl.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await kubectl.WaitForExitAsync(TestContext.Current.CancellationToken).InTimeAsync();

        Assert.Equal("", await errors);
        Assert.All(KubernetesYaml.LoadAllFromString(await output, strict: true).OfType<IMetadata<V1ObjectMeta>>(), made =>
            Assert.Equal("sniforward", made is V1Namespace ? made.Metadata.Name : made.Metadata.NamespaceProperty));
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
