using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using SniForward.Routing;

namespace SniForward.Tests.Routing;

/// <summary>Which route a name takes. In these tables each route's backend is its index.</summary>
public sealed class RouteTableTests
{
    private static readonly byte[] H2 = "\x02h2"u8.ToArray();

    [Theory]
    [InlineData("www.example.com", "Exact www.example.com")]
    [InlineData("example.com", "Exact example.com")]
    [InlineData("a.example.com", "Wildcard *.example.com")]
    [InlineData("a.b.example.com", "Wildcard *.b.example.com")]
    [InlineData("x.a.b.example.com", "Wildcard *.b.example.com")]
    [InlineData("b.example.com", "Wildcard *.example.com")]
    [InlineData("notexample.com", "None ")]
    [InlineData("app1", "Regex /app[0-9]+/")]
    [InlineData("app12", "Regex /app[0-9]+/")]
    [InlineData("app1.x", "None ")]
    [InlineData("xapp1", "None ")]
    [InlineData("app", "None ")]
    public void The_exact_host_then_the_longest_wildcard_then_a_regex(string name, string expected)
    {
        var table = Table("www.example.com", "*.example.com", "*.b.example.com", "/app[0-9]+/", "example.com");

        var match = Match(table, name);

        Assert.Equal(expected, $"{match.Kind} {match.Pattern}");
        Assert.Equal(match.Kind == MatchKind.None, match.Backend < 0);
    }

    [Theory]
    [InlineData("/a|b/", "a", true)]
    [InlineData("/a|b/", "ab", false)]
    [InlineData("/^a$/", "a", true)]
    [InlineData("/A.*/", "abc", true)]
    [InlineData("/a./", "abc", false)]
    [InlineData("/.*/", "anything.at.all", true)]
    public void A_regex_matches_the_whole_name_without_regard_to_case(string pattern, string name, bool matches) =>
        Assert.Equal(matches ? MatchKind.Regex : MatchKind.None, Match(Table(pattern), name).Kind);

    [Fact]
    public void Regexes_are_tried_in_file_order()
    {
        var match = Match(Table("/a.*/", "/.*b/"), "ab");

        Assert.Equal("/a.*/", match.Pattern);
        Assert.Equal(0, match.Backend);
    }

    [Theory]
    [InlineData("/a(/")]
    [InlineData("/(?=a)/")]
    [InlineData(@"/(a)\1/")]
    [InlineData("/a)|(b/")]
    public void A_regex_that_is_broken_or_not_linear_is_refused_with_a_reason(string pattern)
    {
        Assert.False(HostRegex.TryParse(pattern, out _, out var error));
        Assert.NotEmpty(error!);
        Assert.Throws<ArgumentException>(() => Table(pattern));
    }

    [Fact]
    public void Routes_with_conditions_come_before_the_one_without_in_file_order()
    {
        var table = new RouteTable(
            [
                New(0, "www"),
                New(1, "www", alpn: ["h2"]),
                New(2, "www", clients: ["10.0.0.0/8"]),
                New(3, "www", alpn: ["h2"], clients: ["192.0.2.0/24"]),
            ],
            [-1], -1);

        Assert.Equal(0, Match(table, "www").Backend);
        Assert.Equal(1, Match(table, "www", H2).Backend);
        Assert.Equal(1, Match(table, "www", H2, "10.1.1.1").Backend);
        Assert.Equal(2, Match(table, "www", [], "10.1.1.1").Backend);
        Assert.Equal(2, Match(table, "www", [], "::ffff:10.1.1.1").Backend);
        Assert.Equal(0, Match(table, "www", [], "192.0.2.1").Backend);
    }

    [Fact]
    public void ALPN_names_are_compared_whole_and_byte_by_byte()
    {
        var table = new RouteTable([New(0, "www", alpn: ["h2", "spdy/3"])], [-1], -1);

        Assert.Equal(0, Match(table, "www", "\x08http/1.1\x02h2"u8.ToArray()).Backend);
        Assert.Equal(0, Match(table, "www", "\x06spdy/3"u8.ToArray()).Backend);
        Assert.Equal(-1, Match(table, "www", "\x02H2"u8.ToArray()).Backend);
        Assert.Equal(-1, Match(table, "www", "\x03h2c"u8.ToArray()).Backend);
        Assert.Equal(-1, Match(table, "www", "\x01h"u8.ToArray()).Backend);
        Assert.Equal(-1, Match(table, "www").Backend);
    }

    [Fact]
    public void When_the_conditions_of_the_exact_host_do_not_fit_the_search_goes_on()
    {
        var table = new RouteTable([New(0, "a.example", alpn: ["h2"]), New(1, "*.example", clients: ["10.0.0.0/8"]), New(2, "/a.*/")], [-1], -1);

        Assert.Equal(0, Match(table, "a.example", H2).Backend);
        Assert.Equal(1, Match(table, "a.example", [], "10.1.1.1").Backend);
        Assert.Equal(2, Match(table, "a.example").Backend);
    }

    [Fact]
    public void A_route_holds_only_on_its_listeners()
    {
        var table = new RouteTable([New(0, "www", listeners: [1]), New(1, "www")], [-1, -1], -1);

        Assert.Equal(1, Match(table, "www", listener: 0).Backend);
        Assert.Equal(0, Match(table, "www", listener: 1).Backend);
    }

    [Fact]
    public void What_nothing_matches_goes_to_the_listeners_default_and_then_to_the_default()
    {
        var table = new RouteTable([New(0, "www")], [5, -1], 7);

        Assert.Equal((MatchKind.ListenerDefault, 5), (Match(table, "other", listener: 0).Kind, Match(table, "other", listener: 0).Backend));
        Assert.Equal((MatchKind.Default, 7), (Match(table, "other", listener: 1).Kind, Match(table, "other", listener: 1).Backend));
        Assert.Equal(5, table.Default(0).Backend);
        Assert.Equal(7, table.Default(1).Backend);
        Assert.Equal(MatchKind.None, new RouteTable([], [-1], -1).Default(0).Kind);
    }

    [Fact]
    public void An_address_is_matched_by_its_exact_host_alone()
    {
        var table = Table("192.0.2.1", "::1", "*.2.1", "/.*/");

        Assert.Equal(0, Match(table, "192.0.2.1", isAddress: true).Backend);
        Assert.Equal(1, Match(table, "::1", isAddress: true).Backend);
        Assert.Equal(MatchKind.None, Match(table, "192.3.2.1", isAddress: true).Kind);
    }

    [Fact]
    public void A_route_with_a_protocol_holds_only_for_that_and_comes_before_the_one_without()
    {
        var table = new RouteTable([New(0, "www"), New(1, "www", protocols: 2), New(2, "www", protocols: 4 | 8)], [-1], -1);

        Assert.Equal([1, 2, 2, 0, 0], new[] { 2, 4, 8, 1, 0 }.Select(protocol => Match(table, "www", protocol: protocol).Backend));
    }

    [Fact]
    public void A_route_without_hosts_takes_what_its_protocol_has_no_other_route_for()
    {
        var table = new RouteTable([New(0, "", protocols: 2, alpn: ["h2"]), New(1, "", protocols: 2), New(2, "www"), New(3, "/re/")], [9], -1);

        Assert.Equal(2, Match(table, "www", protocol: 2).Backend);
        Assert.Equal(3, Match(table, "re", protocol: 2).Backend);
        Assert.Equal((MatchKind.Protocol, 1), (Match(table, "other", protocol: 2).Kind, Match(table, "other", protocol: 2).Backend));
        Assert.Equal(1, Match(table, "", protocol: 2).Backend);
        Assert.Equal(0, Match(table, "", H2, protocol: 2).Backend);
        Assert.Equal(1, Match(table, "192.0.2.1", isAddress: true, protocol: 2).Backend);
        Assert.Equal(9, Match(table, "other", protocol: 1).Backend);
        Assert.Equal(9, Match(table, "").Backend);
    }

    [Fact]
    public void A_name_of_127_labels_is_matched()
    {
        var name = string.Join('.', Enumerable.Repeat("a", 127));

        Assert.Equal("*.a.a", Match(Table("*.a.a", "*.a"), name).Pattern);
        Assert.Equal(MatchKind.None, Match(Table("*.b", "*.b.b"), name).Kind);
    }

    [Fact]
    public void The_table_agrees_with_a_search_through_all_routes() =>
        Gen.Select(GenRoute.Array[0, 12], GenName, Gen.Int[0, 3], Gen.OneOf("10.1.1.1", "192.0.2.1", null!), Gen.Int[0, 1], Gen.Int[1, 2])
            .Sample((shapes, name, alpn, client, listener, protocol) =>
            {
                var routes = shapes.Select((shape, index) =>
                    New(index, shape.Host, shape.Alpn, shape.Listeners, shape.Clients, shape.Host.Length == 0 ? 2 : shape.Protocols)).ToArray();
                byte[] offered = [.. alpn % 2 == 1 ? H2 : [], .. alpn > 1 ? "\x01x"u8.ToArray() : []];

                var expected = SlowSearch(routes, name, offered, client, listener, protocol);

                Assert.Equal(expected, Match(new RouteTable(routes, [-1, 99], -1), name, offered, client, listener, protocol: protocol).Backend);
            }, iter: 20_000);

    [Fact]
    public void Look_ups_allocate_nothing()
    {
        var table = new RouteTable([New(0, "www.example"), New(1, "*.wild.example", clients: ["10.0.0.0/8"]), New(2, "/re[0-9]*/")], [3], -1);
        var client = IPAddress.Parse("10.1.1.1");
        string[] names = ["www.example", "a.b.wild.example", "re123", "miss.example"];
        var found = new MatchKind[names.Length];

        Allocations.AssertNone(() =>
        {
            for (var n = 0; n < names.Length; n++) found[n] = table.Match(new RouteQuery { Name = names[n], Client = client, Alpn = H2 }).Kind;
        });

        Assert.Equal([MatchKind.Exact, MatchKind.Wildcard, MatchKind.Regex, MatchKind.ListenerDefault], found);
    }

    [Fact]
    public void A_million_hosts_are_all_found()
    {
        var routes = Enumerable.Range(0, 1_000_000).Select(i => New(i, $"host-{i}.example")).ToArray();

        var table = new RouteTable(routes, [-1], -1);

        for (var i = 0; i < routes.Length; i += 997) Assert.Equal(i, Match(table, $"host-{i}.example").Backend);
        Assert.Equal(MatchKind.None, Match(table, "host-1000000.example").Kind);
    }

    [Fact]
    public void A_hundred_thousand_routes_of_one_host_are_in_order()
    {
        var routes = Enumerable.Range(0, 100_000).Select(i => New(i, "www", clients: [$"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}/32"])).ToArray();

        var table = new RouteTable(routes, [-1], -1);

        Assert.Equal(99_999, Match(table, "www", [], $"10.{99_999 >> 16}.{(99_999 >> 8) & 255}.{99_999 & 255}").Backend);
    }

    private static Gen<string> GenName => Gen.OneOf("", "a", "b.a", "c.b.a", "a.c.b.a", "b", "c.b", "a.b");

    private static Gen<(string Host, string[] Alpn, int[] Listeners, string[] Clients, int Protocols)> GenRoute => Gen.Select(
        Gen.OneOf("", "a", "b.a", "c.b.a", "*.a", "*.b.a", "*.b", "/.*a/", "/[bc]\\..*/"),
        Gen.OneOf<string[]>([], [], ["h2"], ["x"]),
        Gen.OneOf<int[]>([], [], [0], [1], [0, 1]),
        Gen.OneOf<string[]>([], [], ["10.0.0.0/8"], ["192.0.2.0/24"]),
        Gen.OneOf(0, 0, 0, 1, 2, 3));

    private static RouteTable Table(params string[] hosts) => new([.. hosts.Select((host, index) => New(index, host))], [-1], -1);

    private static Route New(int backend, string host, string[]? alpn = null, int[]? listeners = null, string[]? clients = null, int protocols = 0) => new()
    {
        Hosts = host.Length == 0 ? [] : [host],
        Backend = backend,
        Alpn = [.. (alpn ?? []).Select(Encoding.ASCII.GetBytes)],
        Listeners = listeners ?? [],
        Protocols = protocols,
        Clients = [.. (clients ?? []).Select(IPNetwork.Parse)],
    };

    private static RouteMatch Match(
        RouteTable table, string name, byte[]? alpn = null, string? client = null, int listener = 0, bool isAddress = false, int protocol = 0) =>
        table.Match(new RouteQuery
        {
            Name = name,
            IsAddress = isAddress,
            Alpn = alpn ?? [],
            Listener = listener,
            Protocol = protocol,
            Client = client is null ? null : IPAddress.Parse(client),
        });

    private static int SlowSearch(Route[] routes, string name, byte[] alpn, string? client, int listener, int protocol)
    {
        var fitting = routes.OrderBy(route => route.HasConditions ? 0 : 1).Where(route =>
            (route.Listeners.Length == 0 || route.Listeners.Contains(listener))
            && (route.Alpn.Length == 0 || route.Alpn.Any(wanted => Regex.IsMatch(Encoding.ASCII.GetString(alpn), $"[\x01\x02]{Encoding.ASCII.GetString(wanted)}")))
            && (route.Protocols == 0 || (route.Protocols & protocol) != 0)
            && (route.Clients.Length == 0 || (client is not null && route.Clients[0].Contains(IPAddress.Parse(client))))).ToArray();

        return SlowSearchByName(routes.Where(route => route.Hosts.Count > 0), fitting.Where(route => route.Hosts.Count > 0).ToArray(), name)
            ?? fitting.FirstOrDefault(route => route.Hosts.Count == 0)?.Backend
            ?? (listener == 1 ? 99 : -1);
    }

    private static int? SlowSearchByName(IEnumerable<Route> routes, Route[] fitting, string name)
    {
        if (name.Length == 0) return null;
        if (fitting.FirstOrDefault(route => route.Hosts[0] == name) is { } exact) return exact.Backend;
        var wildcard = fitting.Where(route => route.Hosts[0].StartsWith('*') && name.EndsWith(route.Hosts[0][1..], StringComparison.Ordinal))
            .OrderByDescending(route => route.Hosts[0].Length).FirstOrDefault();
        if (wildcard is not null) return wildcard.Backend;
        foreach (var pattern in routes.Select(route => route.Hosts[0]).Where(host => host[0] == '/'))
        {
            var matched = fitting.FirstOrDefault(route => route.Hosts[0] == pattern && Regex.IsMatch(name, $@"\A(?:{pattern[1..^1]})\z"));
            if (matched is not null) return matched.Backend;
        }
        return null;
    }
}
