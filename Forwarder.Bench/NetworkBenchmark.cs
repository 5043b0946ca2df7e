using System.Net;
using BenchmarkDotNet.Attributes;
using SniForward.Routing;

namespace SniForward.Bench;

/// <summary>From a client's address to its network, in tables of 100,000 random prefixes; and the making of such a table.</summary>
[MemoryDiagnoser]
public class NetworkBenchmark
{
    private const int Networks = 100_000;

    // The part of IPv6 that is given out, 2000::/3.
    private const byte GlobalUnicast = 0x20;

    private (IPNetwork Network, int Value)[] _networks = [];
    private IPAddress[] _addresses = [];
    private NetworkTable _table = new(Array.Empty<IPNetwork>());
    private int _next;

    [Params(4, 6)]
    public int Version { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        var random = new Random(1);
        _networks = [.. Enumerable.Range(0, Networks).Select(value => (RandomNetwork(random), value))];
        _table = new NetworkTable(_networks);

        // In random order, so that the caches see what they would see of many clients; half of them in a network for sure.
        _addresses = [.. Enumerable.Range(0, 65536).Select(i => i % 2 == 0 ? RandomAddress(random) : InOne(random))];
    }

    [Benchmark(Baseline = true)]
    public int Find() => _table.Find(_addresses[_next++ & 65535]);

    [Benchmark]
    public bool Build() => new NetworkTable(_networks).IsEmpty;

    /// <summary>As long as most that are routed: /8 to /24, and /20 to /48.</summary>
    private IPNetwork RandomNetwork(Random random)
    {
        var prefix = Version == 4 ? random.Next(8, 25) : random.Next(20, 49);
        var bytes = RandomAddress(random).GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++) bytes[i] &= (byte)(0xff00 >> Math.Clamp(prefix - i * 8, 0, 8));
        return new IPNetwork(new IPAddress(bytes), prefix);
    }

    private IPAddress RandomAddress(Random random)
    {
        var bytes = new byte[Version == 4 ? 4 : 16];
        random.NextBytes(bytes);
        if (Version == 6) bytes[0] = (byte)(GlobalUnicast | (bytes[0] & 0x1f));
        return new IPAddress(bytes);
    }

    private IPAddress InOne(Random random)
    {
        var network = _networks[random.Next(Networks)].Network;
        var (bytes, any) = (network.BaseAddress.GetAddressBytes(), RandomAddress(random).GetAddressBytes());
        for (var i = 0; i < bytes.Length; i++) bytes[i] |= (byte)(any[i] & (0xff >> Math.Clamp(network.PrefixLength - i * 8, 0, 8)));
        return new IPAddress(bytes);
    }
}
