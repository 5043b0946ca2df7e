using System.Reflection;
using SniForward.Accepting;
using SniForward.Admin.Api;
using SniForward.Selecting;
using SniForward.Telemetry;
using SniForward.Telemetry.Metrics;

namespace SniForward.Admin;

/// <summary>What the admin listener sees of a forwarder, and what it may do to it. Used by any thread.</summary>
/// <param name="live">The connections of each engine.</param>
/// <param name="tallies">What each engine has counted.</param>
/// <param name="running">The configuration that it runs by now.</param>
/// <param name="time">The clock of the uptime.</param>
internal sealed class ForwarderView(
    IReadOnlyList<LiveConnections> live, IReadOnlyList<EngineTally> tallies, Func<Running> running, TimeProvider time)
{
    /// <summary>The program's version.</summary>
    public static readonly string Version =
        typeof(ForwarderView).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    private static readonly ConnectionEnd[] RefusedEnds = [.. Enum.GetValues<ConnectionEnd>().Where(end => end.IsRefusal())];

    private readonly long _started = time.GetTimestamp();

    /// <summary>The text of the running configuration, without secrets.</summary>
    public string Configuration => running().Text;

    private IEnumerable<KeyValuePair<FlowKey, FlowTally>> Flows => tallies.SelectMany(tally => tally.Flows);

    /// <summary>What the whole process has done so far.</summary>
    public Totals Totals()
    {
        var sum = Carried.Of(Flows, static _ => true);
        var (open, accepted, refused) = Counts(null);
        return new Totals(open, accepted, refused, sum.BytesUp, sum.BytesDown);
    }

    /// <summary>Everything but the single connections.</summary>
    /// <param name="readiness">What the process is doing.</param>
    public Overview Overview(Readiness readiness)
    {
        var (config, totals) = (running(), Totals());
        return new Overview(
            Version, readiness.Name(), time.GetElapsedTime(_started).TotalSeconds, $"{config.Source} of {config.Since:yyyy-MM-dd HH:mm:ss}Z",
            totals.Open, totals.Accepted, totals.Refused, totals.BytesUp, totals.BytesDown,
            [.. config.Listeners.Select(View)], [.. config.Routes.Select(View)], [.. config.Backends.SelectMany(backend => backend.Servers.Select(server => View(backend, server)))]);
    }

    /// <summary>Every open connection.</summary>
    /// <exception cref="TimeoutException">An engine does not answer.</exception>
    public async Task<IReadOnlyCollection<ConnectionView>> ConnectionsAsync()
    {
        var all = await Task.WhenAll(live.Select(of => of.SnapshotAsync())).ConfigureAwait(false);
        return [.. all.SelectMany(some => some).Select(View)];
    }

    /// <summary>The last connections that were refused, the newest first.</summary>
    public RefusalList Refusals() => new([.. live
        .SelectMany(of => of.Refusals.Read())
        .OrderByDescending(refused => refused.Time)
        .Take(RecentRefusals.Length)
        .Select(refused => new RefusalView(
            refused.Id, refused.Time, refused.Listener, refused.Client, refused.Name, refused.End.Name(), refused.Reason))]);

    /// <summary>Takes a server out, or puts it back. False: there is no such server.</summary>
    /// <param name="backend">The name of its backend.</param>
    /// <param name="server">Its own.</param>
    /// <param name="admin">What becomes of it; <see cref="ServerAdmin.Out"/> cuts its connections too.</param>
    public bool Set(string backend, string server, ServerAdmin admin)
    {
        var of = running().Backends.FirstOrDefault(known => known.Name == backend);
        if (of?.Servers.FirstOrDefault(known => known.Name == server) is not { } found) return false;

        of.Set(found, admin);
        if (admin != ServerAdmin.Out) return true;
        foreach (var some in live) some.CutTo(found.State, ConnectionEnd.ClosedByOperator);
        return true;
    }

    /// <summary>Resets the connection with <paramref name="id"/>. False: it is not open.</summary>
    /// <inheritdoc cref="ConnectionsAsync"/>
    public async Task<bool> CloseAsync(long id)
    {
        var closed = await Task.WhenAll(live.Select(of => of.CloseAsync(id))).ConfigureAwait(false);
        return closed.Any(isClosed => isClosed);
    }

    private ListenerView View(RunningListener listener)
    {
        var (open, accepted, refused) = Counts(listener.Name);
        return new ListenerView(listener.Name, [.. listener.Addresses.Select(Server.NameOf)], open, accepted, refused);
    }

    private RouteView View(RunningRoute route, int index)
    {
        var sum = Carried.Of(Flows, key => key.Route == route.Name && key.Backend == route.Backend);
        return new RouteView(
            $"{index}", route.Hosts, route.Backend, route.EndsTls ? "ends here" : "passed through", sum.Open, sum.Total, sum.BytesUp, sum.BytesDown);
    }

    private ServerView View(Backend backend, Server server)
    {
        var sum = Carried.Of(Flows, key => key.Backend == backend.Name && key.Server == server.Label);
        return new ServerView(
            backend.Name, server.Name, server.Health.Name, Word(server.Admin), server.Weight,
            sum.Open, sum.Total, sum.BytesUp, sum.BytesDown);
    }

    private static ConnectionView View(ConnectionSnapshot connection) => new(
        connection.Id, connection.Listener, connection.Client, connection.Protocol, connection.Name, connection.Route, connection.Backend,
        connection.Server is null ? "-" : Server.NameOf(connection.Server), Word(connection.Stage), connection.BytesUp, connection.BytesDown, connection.Age.TotalSeconds);

    /// <summary>Of one listener's connections, or of all: how many are open, were accepted, and ended without a server.</summary>
    private (long Open, long Accepted, long Refused) Counts(string? listener)
    {
        var (ended, accepted, refused) = (0L, 0L, 0L);
        foreach (var (name, tally) in tallies.SelectMany(tally => tally.Listeners))
        {
            if (listener is not null && name != listener) continue;
            ended += tally.Ended;
            foreach (var end in RefusedEnds) refused += tally.EndedBy(end, wasForwarded: false);
            accepted += tally.Accepted;
        }
        return (accepted - ended, accepted, refused);
    }

    private static string Word(ServerAdmin admin) => admin switch
    {
        ServerAdmin.In => "in",
        ServerAdmin.Draining => "draining",
        _ => "out",
    };

    private static string Word(ConnectionStage stage) => stage switch
    {
        ConnectionStage.Peeking => "peeking",
        ConnectionStage.Dialling => "dialling",
        ConnectionStage.Splicing => "splicing",
        ConnectionStage.Exchanging => "exchanging",
        ConnectionStage.Resting => "resting",
        ConnectionStage.Refusing => "refusing",
        _ => "closed",
    };
}
