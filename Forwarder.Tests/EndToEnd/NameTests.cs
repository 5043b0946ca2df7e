using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;

namespace SniForward.Tests.EndToEnd;

/// <summary>Servers by names that the system's resolver asks a real DNS server for.</summary>
public sealed partial class NameTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;
    private readonly DnsServerProcess _dns = DnsServerProcess.OnPort53();

    public ValueTask InitializeAsync()
    {
        Machine.NeedsCommand("dnsmasq");
        Machine.NeedsMounts();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _dns.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Of_two_addresses_one_may_refuse()
    {
        using var server = TestServer.Echo("alive");
        await _dns.ServeAsync("address=/web.test/127.0.0.2", "address=/web.test/127.0.0.1");
        await using var forwarder = Start($"web.test:{server.Port}");
        var address = await forwarder.AddressAsync();

        for (var i = 0; i < 4; i++) Assert.Equal("alive", await AskNameAsync(address));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Of_two_families_one_is_enough(string listening)
    {
        Machine.NeedsIPv6();
        using var server = TestServer.Echo("alive", new IPEndPoint(IPAddress.Parse(listening), 0));
        await _dns.ServeAsync("address=/web.test/127.0.0.1", "address=/web.test/::1");
        await using var forwarder = Start($"web.test:{server.Port}");
        var address = await forwarder.AddressAsync();

        for (var i = 0; i < 4; i++) Assert.Equal("alive", await AskNameAsync(address));
    }

    [Fact]
    public async Task New_connections_follow_an_address_that_changes()
    {
        using var one = TestServer.Echo("one");
        using var two = TestServer.Echo("two", new IPEndPoint(IPAddress.Parse("127.0.0.2"), one.Port));
        await _dns.ServeAsync("address=/web.test/127.0.0.1");
        await using var forwarder = Start($"web.test:{one.Port}");
        var address = await forwarder.AddressAsync();
        Assert.Equal("one", await AskNameAsync(address));

        await _dns.ServeAsync("address=/web.test/127.0.0.2");

        await UntilServedByAsync(address, "two");
    }

    [Fact]
    public async Task The_DNS_stops_and_new_connections_are_served()
    {
        using var server = TestServer.Echo("alive");
        await _dns.ServeAsync("address=/web.test/127.0.0.1");
        await using var forwarder = Start($"web.test:{server.Port}");
        var address = await forwarder.AddressAsync();
        Assert.Equal("alive", await AskNameAsync(address));

        await _dns.StopAsync();
        await forwarder.LineAsync(DoesNotResolve());
        Assert.Equal("alive", await AskNameAsync(address));
        await _dns.ServeAsync("address=/web.test/127.0.0.1");
        await forwarder.LineAsync(ResolvesAgain());

        Assert.Equal("alive", await AskNameAsync(address));
    }

    [Fact]
    public async Task The_DNS_is_not_there_at_the_start_and_clients_are_served_once_it_is()
    {
        using var server = TestServer.Echo("alive");
        await using var forwarder = Start($"web.test:{server.Port}");
        var address = await forwarder.AddressAsync();
        Assert.StartsWith("HTTP/1.1 50", await AskNameAsync(address), StringComparison.Ordinal);

        await _dns.ServeAsync("address=/web.test/127.0.0.1");
        await forwarder.LineAsync(ResolvesAgain());

        await UntilServedByAsync(address, "alive");
    }

    [Fact]
    public async Task A_service_is_asked_of_the_systems_servers_and_so_are_its_targets()
    {
        using var server = TestServer.Echo("alive");
        await _dns.ServeAsync($"srv-host=_web._tcp.api.test,a.test,{server.Port},0,1", "address=/a.test/127.0.0.1");
        await using var forwarder = Start("srv+_web._tcp.api.test");

        Assert.Equal("alive", await AskNameAsync(await forwarder.AddressAsync()));
    }

    private ForwarderProcess Start(string server)
    {
        File.WriteAllText(
            Path.Combine(_folder, "forward.toml"),
            $"[[listener]]\nbind = \"127.0.0.1:0\"\n[default]\nbackend = \"web\"\n[backend.web]\nservers = [\"{server}\"]\n[dns]\nrefresh = \"1s\"\n");
        return ForwarderProcess.StartResolvingBy(_dns.Address.Address, _folder);
    }

    private static async Task<string> AskNameAsync(EndPoint address) => (await TestClient.AskAsync(address, "any.example")).Split('\n')[0];

    private static async Task UntilServedByAsync(EndPoint address, string server)
    {
        var started = Stopwatch.StartNew();
        while (await AskNameAsync(address) != server) Assert.True(started.Elapsed < Patience.Limit, $"{server} serves nobody.");
    }

    [GeneratedRegex(@"the name web\.test does not resolve")]
    private static partial Regex DoesNotResolve();

    [GeneratedRegex(@"the name web\.test resolves again")]
    private static partial Regex ResolvesAgain();
}
