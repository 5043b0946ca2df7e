using System.Net;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using SniForward.Selecting;
using SniForward.Selecting.Names;

namespace SniForward.Tests.Selecting;

public sealed class ServiceServersTests : IDisposable
{
    private const string Service = "_https._tcp.api.internal";
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();
    private readonly List<(string Name, TaskCompletionSource<ServiceAnswer> Answer)> _asked = [];
    private readonly List<string> _told = [];
    private readonly BackendState _state;
    private readonly Backend _backend;

    public ServiceServersTests()
    {
        _state = new BackendState(_ => null, _time);
        _backend = new Backend(new BackendRules("api"), _state);
    }

    public void Dispose() => _state.Dispose();

    [Fact]
    public void Each_record_becomes_a_server_with_its_weight()
    {
        using var services = Start();
        Assert.Empty(_backend.Servers);
        Assert.Equal(0, _backend.Usable);

        Answer(Record("a", weight: 3), Record("b", weight: 1, port: 8443));

        Assert.Equal(["a:443 3", "b:8443 1"], Servers());
        Assert.Equal(["a:443, b:8443"], _told);
    }

    [Fact]
    public void Servers_that_are_named_again_stay_the_same()
    {
        using var services = Start();
        Answer(Record("a"), Record("b"));
        var before = _backend.Servers;

        Next(Record("c"), Record("b"), Record("a"));

        Assert.Equal(["a:443 1", "b:443 1", "c:443 1"], Servers());
        Assert.Same(before[0], _backend.Servers[0]);
        Assert.Same(before[1], _backend.Servers[1]);
    }

    [Fact]
    public void A_server_that_is_named_no_more_is_given_up()
    {
        using var services = Start();
        Answer(Record("a"), Record("b"));

        Next(Record("b"));

        Assert.Equal(["b:443 1"], Servers());
        Assert.Equal(["a:443, b:443", "b:443"], _told);
    }

    [Fact]
    public void The_name_of_a_server_that_is_given_up_is_asked_for_no_more()
    {
        var resolved = new List<string>();
        var resolver = new Resolver(
            name =>
            {
                resolved.Add(name);
                return Task.FromResult<IPAddress[]>([IPAddress.Loopback]);
            },
            Refresh,
            _time);
        var backend = new Backend(new BackendRules("api"), new BackendState(resolver.Keep, _time));
        using var services = Make();
        services.Feed(backend, [], [new(Service)]);
        Answer(Record("a"), Record("b"));
        Assert.Equal(["a", "b"], resolved);

        Next(Record("b"));
        resolved.Clear();
        _time.Advance(Refresh * 1.2);

        Assert.Equal(["b"], resolved);
    }

    [Fact]
    public void A_server_that_is_given_up_serves_nobody_who_waits()
    {
        var backend = new Backend(new BackendRules("api") { Queue = 1 }, new BackendState(_ => null, _time));
        backend.Use([new ServerSettings(new DnsEndPoint("a", 443), MaxConnections: 1), new ServerSettings(new DnsEndPoint("b", 443), MaxConnections: 1)]);
        var server = backend.Servers[0];
        Assert.True(server.TryTake() && backend.Servers[1].TryTake());
        var place = backend.Line!.Join(backend)!;

        backend.Use([backend.Servers[1].Settings]);
        server.Release();

        Assert.False(place.Value.Task.IsCompleted);
        Assert.Null(backend.Line.Leave(place));
    }

    [Fact]
    public void A_server_whose_port_or_weight_has_changed_is_another()
    {
        using var services = Start();
        Answer(Record("a"), Record("b"));
        var before = _backend.Servers;

        Next(Record("a", port: 444), Record("b", weight: 2));

        Assert.Equal(["a:444 1", "b:443 2"], Servers());
        Assert.DoesNotContain(_backend.Servers, before.Contains);
    }

    [Fact]
    public void Another_configuration_is_fed_what_is_known_already_and_asks_for_what_is_new_alone()
    {
        using var services = Start();
        Answer(Record("a"), Record("b"));
        var before = _backend.Servers;
        var backend = new Backend(new BackendRules("api") { Attempts = 2 }, _state);

        ServiceSettings[] both = [new(Service, MaxConnections: 5), new("_other._tcp.api.internal")];
        _ = services.WatchAsync(both);
        Assert.Equal("_other._tcp.api.internal", _asked[1].Name);
        Answer(Record("c"));
        Assert.Same(before, _backend.Servers);
        services.Feed(backend, [], both);
        _time.Advance(Refresh * 1.2);
        _asked.Last(asked => asked.Name == Service).Answer.SetResult(new ServiceAnswer([Record("a"), Record("d")], Refresh));

        Assert.Same(before, _backend.Servers);
        Assert.Equal(["a:443", "d:443", "c:443"], backend.Servers.Select(server => server.Name));
        Assert.Same(before[0].State, backend.Servers[0].State);
        Assert.Equal(["a:443, b:443", "a:443, b:443", "c:443", "a:443, d:443"], _told);

        services.Feed(backend, [], [both[1]]);
        _time.Advance(Refresh * 1.2);
        Assert.Equal(4, _asked.Count);
        Assert.Equal(["c:443"], backend.Servers.Select(server => server.Name));
    }

    [Fact]
    public void An_answer_in_another_order_is_no_change()
    {
        using var services = Start();
        Answer(Record("a"), Record("b"));
        var before = _backend.Servers;

        Next(Record("b"), Record("a"));

        Assert.Same(before, _backend.Servers);
        Assert.Single(_told);
    }

    [Fact]
    public void Records_of_higher_priority_are_backups()
    {
        using var services = Start();

        Answer(Record("c", priority: 30), Record("b", priority: 20), Record("a", priority: 10), Record("A2", priority: 10));

        Assert.Equal(["A2:443 1", "a:443 1", "b:443 1 backup", "c:443 1 backup"], Servers());
    }

    [Fact]
    public void Servers_of_a_backup_service_are_backups_all()
    {
        using var services = Start(new ServiceSettings(Service, IsBackup: true));

        Answer(Record("a", priority: 1), Record("b", priority: 2));

        Assert.Equal(["a:443 1 backup", "b:443 1 backup"], Servers());
    }

    [Fact]
    public void Static_servers_stay_beside_and_none_is_there_twice()
    {
        using var services = Make();
        services.Feed(_backend, [new ServerSettings(new DnsEndPoint("a", 443), Weight: 7)], [new(Service), new("_other._tcp.api.internal")]);

        Answer(Record("a"), Record("b"), Record("b", weight: 9));
        _asked[1].Answer.SetResult(new ServiceAnswer([Record("b"), Record("c")], Refresh));

        Assert.Equal("_other._tcp.api.internal", _asked[1].Name);
        Assert.Equal(["a:443 7", "b:443 1", "c:443 1"], Servers());
    }

    [Theory]
    [InlineData(0, 0.9, 1.1)]
    [InlineData(10, 9, 11)]
    [InlineData(3600, 27, 33)]
    public void It_asks_again_after_the_time_to_live_within_bounds(int timeToLive, double least, double most)
    {
        using var services = Start();
        Answer(TimeSpan.FromSeconds(timeToLive), Record("a"));

        _time.Advance(TimeSpan.FromSeconds(least - 0.01));
        Assert.Single(_asked);
        _time.Advance(TimeSpan.FromSeconds(most - least + 0.02));
        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public void The_last_good_answer_is_kept_and_each_failure_told_once()
    {
        using var services = Start();
        Answer(Record("a"));
        var before = _backend.Servers;
        _time.Advance(Refresh * 1.2);

        foreach (var pause in new[] { 1, 2, 4, 8, 16, 30, 30 })
        {
            var asked = _asked.Count;
            _asked[^1].Answer.SetResult(ServiceAnswer.Failed("it has no SRV record"));
            _time.Advance(TimeSpan.FromSeconds(pause * 0.89));
            Assert.Equal(asked, _asked.Count);
            _time.Advance(TimeSpan.FromSeconds(pause * 0.22));
            Assert.Equal(asked + 1, _asked.Count);
        }
        Assert.Same(before, _backend.Servers);

        Answer(Record("a"));
        Assert.Equal(["a:443", "it has no SRV record", "well again"], _told);
        Assert.Same(before, _backend.Servers);
    }

    [Fact]
    public void A_service_that_cannot_be_had_at_first_is_had_later()
    {
        using var services = Start();
        _asked[0].Answer.SetResult(ServiceAnswer.Failed("refused"));
        Assert.Empty(_backend.Servers);

        _time.Advance(TimeSpan.FromSeconds(1.2));
        Answer(Record("a"));

        Assert.Equal(["a:443 1"], Servers());
        Assert.Equal(["refused", "well again", "a:443"], _told);
    }

    [Fact]
    public void A_service_that_is_decidedly_not_available_has_no_servers()
    {
        using var services = Start();
        Answer(Record("a"));

        Next();

        Assert.Empty(_backend.Servers);
        Assert.Equal(["a:443", ""], _told);
    }

    [Fact]
    public async Task The_first_answer_ends_the_wait_well_or_not()
    {
        using var services = Make();
        var first = services.WatchAsync([new(Service), new("_other._tcp.api.internal")]);
        Answer(Record("a"));
        Assert.False(first.IsCompleted);
        _asked[1].Answer.SetResult(ServiceAnswer.Failed("refused"));

        await first.InTimeAsync();
    }

    [Fact]
    public void Once_disposed_of_it_asks_no_more_and_changes_nothing()
    {
        var services = Start();
        services.Dispose();

        Answer(Record("a"));
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Single(_asked);
        Assert.Empty(_backend.Servers);
        Assert.Empty(_told);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("0", "1")]
    [InlineData("0 1", "1 1")]
    [InlineData("33 33 33", "1 1 1")]
    [InlineData("10 20 30", "1 2 3")]
    [InlineData("65535 1", "256 1")]
    [InlineData("65535 32768 0", "256 128 1")]
    public void Weights_are_brought_to_lowest_terms_and_below_256(string weights, string expected) =>
        Assert.Equal(Numbers(expected), ServiceWeights.Of(Numbers(weights)));

    [Fact]
    public void Weights_keep_their_proportions() =>
        Gen.Int[0, ushort.MaxValue].Array[1, 20].Sample(weights =>
        {
            var scaled = ServiceWeights.Of(weights);

            Assert.All(scaled, weight => Assert.InRange(weight, 1, 256));
            var (heaviest, scaledHeaviest) = (Math.Max(1, weights.Max()), scaled.Max());
            Assert.All(weights.Zip(scaled), pair =>
                Assert.InRange((double)Math.Max(1, pair.First) / heaviest * scaledHeaviest, pair.Second - 1, pair.Second + 0.51));
        });

    private static int[] Numbers(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];

    private static ServiceRecord Record(string target, int port = 443, int priority = 0, int weight = 1) => new(target, port, priority, weight);

    private ServiceServers Start(params ServiceSettings[] services)
    {
        var started = Make();
        started.Feed(_backend, [], services.Length > 0 ? services : [new(Service)]);
        return started;
    }

    private ServiceServers Make() => new(
        (name, answered, changed) => new ServiceWatcher(name, LookUpAsync, Refresh, _time) { Answered = answered, Changed = changed })
    {
        ServersChanged = (_, servers) => _told.Add(string.Join(", ", servers.Select(server => Server.NameOf(server.Address)))),
        FailureChanged = (_, failure) => _told.Add(failure ?? "well again"),
    };

    private Task<ServiceAnswer> LookUpAsync(string name, CancellationToken cancel)
    {
        var answer = new TaskCompletionSource<ServiceAnswer>();
        lock (_asked) _asked.Add((name, answer));
        return answer.Task;
    }

    /// <summary>Answers the first that is not answered yet.</summary>
    private void Answer(params ServiceRecord[] records) => Answer(Refresh, records);

    private void Answer(TimeSpan timeToLive, params ServiceRecord[] records) =>
        _asked.First(asked => !asked.Answer.Task.IsCompleted).Answer.SetResult(new ServiceAnswer(records, timeToLive));

    /// <summary>Waits until it asks again, and answers.</summary>
    private void Next(params ServiceRecord[] records)
    {
        _time.Advance(Refresh * 1.2);
        Answer(records);
    }

    private IEnumerable<string> Servers() =>
        _backend.Servers.Select(server => $"{server.Name} {server.Weight}{(server.IsBackup ? " backup" : "")}");
}
