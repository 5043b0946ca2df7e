using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SniForward.Tests.Deploy;

/// <summary>The alert rules and the dashboard ask for metrics that there are.</summary>
public sealed partial class PrometheusTests
{
    private static readonly string Folder = Path.Combine(Repository.Folder("deploy"), "prometheus");

    [Theory]
    [InlineData("check", "rules.yml")]
    [InlineData("test", "rules-test.yml")]
    public async Task Promtool_finds_no_fault_with_the_alert_rules(string what, string file)
    {
        var start = new ProcessStartInfo(Machine.NeedsCommand("promtool"), [what, "rules", file]) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        using var promtool = Process.Start(start)!;
        var (output, errors) = (promtool.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), promtool.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await promtool.WaitForExitAsync(TestContext.Current.CancellationToken).InTimeAsync();

        Assert.True(promtool.ExitCode == 0, await output + await errors);
    }

    [Fact]
    public void Every_metric_that_is_asked_for_is_documented()
    {
        var documented = Metric().Matches(File.ReadAllText(Path.Combine(Repository.Folder("docs"), "metrics.md"))).Select(match => match.Value).ToHashSet();
        var dashboard = File.ReadAllText(Path.Combine(Repository.Folder("deploy"), "grafana-dashboard.json"));
        using var json = JsonDocument.Parse(dashboard);
        Assert.NotEmpty(json.RootElement.GetProperty("panels").EnumerateArray());

        var asked = Metric().Matches(dashboard + File.ReadAllText(Path.Combine(Folder, "rules.yml"))).Select(match => Regex.Replace(match.Value, "_bucket$", ""));

        Assert.Empty(asked.Except(documented));
    }

    [GeneratedRegex(@"sniforward_\w+")]
    private static partial Regex Metric();
}
