using System.Diagnostics.Metrics;
using SniForward.Accepting;
using SniForward.Selecting;
using SniForward.Selecting.Health;
using SniForward.Transport.Epoll;
using static SniForward.Telemetry.Metrics.Labels;

namespace SniForward.Startup;

/// <summary>
/// The figures that are looked up when somebody asks: of servers, certificates, engines and what the process has. Labels are
/// names of the configuration.
/// </summary>
/// <param name="meter">What they belong to.</param>
/// <param name="forwarder">Whose they are.</param>
internal sealed class StateMeter(Meter meter, Forwarder forwarder)
{
    private const string Buffers = "{buffer}";
    private const string Connections = "{connection}";
    private const string Files = "{file}";

    private const string TakenOut = "taken_out";

    private static readonly string[] States = [ServerHealth.Up, ServerHealth.Suspect, ServerHealth.Down, TakenOut];

    /// <summary>Adds the instruments to the meter.</summary>
    public void Create()
    {
        CreateServers();
        CreateEngines();
        CreateProcess();
        meter.CreateObservableGauge(
            "sniforward.certificate.not_after", () => forwarder.Certificates.Select(certificate => Measure(
                certificate.NotAfter.ToUnixTimeSeconds(), ("file", certificate.Source), ("name", certificate.Names.FirstOrDefault("")))),
            "s", "Until when a certificate is valid, in seconds since 1970.");
        meter.CreateObservableGauge(
            "sniforward.tls.handshakes.running", () => forwarder.RunningHandshakes, "{handshake}", "TLS handshakes that compute now.");
    }

    private void CreateServers()
    {
        meter.CreateObservableGauge(
            "sniforward.server.up", () => Configured().Select(of => Measure(of.Server.Health.IsUsable ? 1 : 0, NamesOf(of))),
            "{server}", "1 if a server is fit, 0 if it failed.");
        meter.CreateObservableCounter(
            "sniforward.server.checks", () => Configured().Where(of => of.Backend.Rules.Health.Check is not null).SelectMany<(Backend, Server Server), Measurement<long>>(of =>
            [
                Measure(of.Server.Health.AllChecksPassed, [.. NamesOf(of), ("result", "passed")]),
                Measure(of.Server.Health.AllChecksFailed, [.. NamesOf(of), ("result", "failed")]),
            ]),
            "{check}", "Health checks, and how they ended.");
        meter.CreateObservableGauge(
            "sniforward.backend.servers", () => forwarder.Backends.SelectMany(StatesOf),
            "{server}", "The servers of a backend: up, suspect because connections failed, down because checks did, or taken_out by an operator.");
        meter.CreateObservableGauge(
            "sniforward.backend.waiting", () => forwarder.Backends.Where(backend => backend.Line is not null).Select(backend =>
                Measure(backend.Line!.Count, ("backend", backend.Name))),
            Connections, "Connections that wait for a place, while every server has as many as it may.");
    }

    private void CreateEngines()
    {
        var engines = forwarder.Engines.OfType<EpollTransport>().Select((engine, i) => (Name: $"{i}", Engine: engine)).ToArray();
        if (engines.Length == 0) return;
        meter.CreateObservableCounter(
            "sniforward.engine.loops", () => engines.Select(of => Measure(of.Engine.Loops, ("engine", of.Name))),
            "{loop}", "How often an engine has looked at what has happened.");
        meter.CreateObservableGauge(
            "sniforward.engine.buffers", () => engines.SelectMany<(string Name, EpollTransport Engine), Measurement<long>>(of =>
            [
                Measure(of.Engine.HeldBuffers, ("engine", of.Name), ("state", "held")),
                Measure(of.Engine.IdleBuffers, ("engine", of.Name), ("state", "idle")),
            ]),
            Buffers, "Buffers that hold bytes of connections, or wait for their next use.");
        meter.CreateObservableGauge(
            "sniforward.engine.pipes", () => engines.SelectMany<(string Name, EpollTransport Engine), Measurement<long>>(of =>
            [
                Measure(of.Engine.HeldPipes, ("engine", of.Name), ("state", "held")),
                Measure(of.Engine.IdlePipes, ("engine", of.Name), ("state", "idle")),
            ]),
            "{pipe}", "Pipes that bulk moves through, or that wait for their next use.");
    }

    private void CreateProcess()
    {
        meter.CreateObservableGauge("sniforward.connections.limit", () => forwarder.MostConnections, Connections, "How many connections may be open.");
        meter.CreateObservableGauge("sniforward.clients.known", () => forwarder.KnownClients, "{client}", "Client addresses that are remembered for their limits.");
        meter.CreateObservableGauge("sniforward.peek.memory", () => forwarder.PeekMemory, "By", "What first flights hold beyond 4 KiB each.");
        meter.CreateObservableCounter("sniforward.access_log.dropped", () => forwarder.AccessLog.Dropped, "{line}", "Access lines that were lost.");
        if (OpenFiles.Limit() is not { } limit) return;
        meter.CreateObservableGauge("sniforward.files.open", () => OpenFiles.Count() ?? 0, Files, "Files that are open: sockets, pipes and others.");
        meter.CreateObservableGauge("sniforward.files.limit", () => limit, Files, "How many files may be open.");
    }

    private static IEnumerable<Measurement<long>> StatesOf(Backend backend)
    {
        var states = backend.Servers.CountBy(StateOf).ToDictionary();
        return States.Select(state => Measure(states.GetValueOrDefault(state), ("backend", backend.Name), ("state", state)));
    }

    private static string StateOf(Server server) => server.Admin == ServerAdmin.In ? server.Health.Name : TakenOut;

    /// <summary>The servers that the configuration names.</summary>
    private IEnumerable<(Backend Backend, Server Server)> Configured() =>
        from backend in forwarder.Backends
        from server in backend.Servers
        where server.Label != Server.Dynamic
        select (backend, server);

    private static (string, string)[] NamesOf((Backend Backend, Server Server) of) => [("backend", of.Backend.Name), ("server", of.Server.Name)];
}
