namespace SniForward.Bench.Compare;

/// <summary>Which core runs what: the proxy has one of its own, so that it is what saturates.</summary>
internal sealed class Pinning(bool enabled)
{
    private const string ProxyCore = "0";
    private const string GeneratorCore = "1";

    public bool Enabled => enabled;

    public IReadOnlyList<string> Proxy(IReadOnlyList<string> command) => On(ProxyCore, command);

    public IReadOnlyList<string> Generator(IReadOnlyList<string> command) => On(GeneratorCore, command);

    private IReadOnlyList<string> On(string core, IReadOnlyList<string> command) =>
        enabled ? ["taskset", "-c", core, .. command] : command;
}
