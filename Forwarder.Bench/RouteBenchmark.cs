using BenchmarkDotNet.Attributes;
using SniForward.Routing;

namespace SniForward.Bench;

/// <summary>From the raw bytes of a name to its route, in tables of three sizes.</summary>
[MemoryDiagnoser]
public class RouteBenchmark
{
    private byte[][] _known = [];
    private RouteTable _table = new([], [-1], -1);
    private int _next;

    [Params(10, 10_000, 1_000_000)]
    public int Hosts { get; set; }

    [GlobalSetup]
    public void Build()
    {
        var routes = Enumerable.Range(0, Hosts).Select(i => new Route { Hosts = [$"host-{i}.example.com"], Backend = i });
        var wildcards = Enumerable.Range(0, 10).Select(i => new Route { Hosts = [$"*.wild-{i}.example.org"], Backend = i });
        _table = new RouteTable([.. routes, .. wildcards], [0], -1);

        // In random order, so that the caches see what they would see of many clients.
        var random = new Random(1);
        _known = [.. Enumerable.Range(0, 4096).Select(_ => System.Text.Encoding.ASCII.GetBytes($"host-{random.Next(Hosts)}.Example.com"))];
    }

    [Benchmark(Baseline = true)]
    public int Exact() => Match(_known[_next++ & 4095]);

    [Benchmark]
    public int Wildcard() => Match("a.b.c.wild-7.example.org"u8);

    [Benchmark]
    public int Miss() => Match("www.no-such-host.example.net"u8);

    private int Match(ReadOnlySpan<byte> raw)
    {
        Span<char> name = stackalloc char[HostName.MaxLength];
        HostName.Normalize(raw, HostNameSource.Sni, name, out var length);
        return _table.Match(new RouteQuery { Name = name[..length] }).Backend;
    }
}
