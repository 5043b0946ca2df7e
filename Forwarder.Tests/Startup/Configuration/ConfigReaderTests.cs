using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CsCheck;
using Microsoft.Extensions.Logging;
using SniForward.Peeking;
using SniForward.Selecting;
using SniForward.Selecting.Balancing;
using SniForward.Startup.Configuration;
using SniForward.Telemetry;
using SniForward.Telemetry.Access;

namespace SniForward.Tests.Startup.Configuration;

public sealed class ConfigReaderTests
{
    private const string Listener = "[[listener]]\nbind = \":443\"\n";

    [Fact]
    public void The_three_way_example_is_read_in_full()
    {
        var config = Valid("""
            [[listener]]
            bind = "0.0.0.0:4433"
            name = "web"
            protocols = ["tls", "http"]
            default = "localhost:8888"
            peek = true

            [[route]]
            hosts = ["sub1.xyz.com"]
            backend = "localhost:8080"
            alpn = ["h2"]
            listeners = ["web"]
            clients = ["10.0.0.0/8"]

            [[route]]
            hosts = ["sub2.xyz.com"]
            backend = "api"

            [default]
            backend = "localhost:8888"

            [backend.api]
            servers = ["10.0.0.1:443", { address = "api.internal:443" }]
            balance = "round-robin"
            max_connections = 7

            [timeouts]
            peek = "250ms"
            connect = "6s"
            idle = "2h"
            half_closed = "10m"
            drain_delay = "15s"
            drain = "0s"

            [limits]
            connections = 1000
            connections_per_client = 10
            new_connections_per_client = "600/m"
            upload_rate = "512KiB/s"
            download_rate = "10MiB/s"
            allow = ["10.0.0.0/8", "fd00::/8"]
            deny = "10.1.2.3"
            peek_bytes = "16KiB"
            peek_memory = "2GiB"

            [log]
            level = "warning"
            format = "json"
            access = false
            access_format = "text"
            access_file = "access.log"
            access_interval = "5m"
            access_queue = "1MiB"
            """);

        var listener = Assert.Single(config.Listeners);
        Assert.Equal("web", listener.Name);
        Assert.Equal([new IPEndPoint(IPAddress.Any, 4433)], listener.Bind);
        Assert.Equal(Protocols.Tls | Protocols.Http, listener.Protocols);
        Assert.Equal("localhost:8888", listener.DefaultBackend);
        Assert.True(listener.Peek);

        Assert.Equal(2, config.Routes.Count);
        var route = config.Routes[0];
        Assert.Equal(["sub1.xyz.com"], route.Hosts);
        Assert.Equal("localhost:8080", route.Backend);
        Assert.Equal(["h2"], route.Alpn);
        Assert.Equal(["web"], route.Listeners);
        Assert.Equal([IPNetwork.Parse("10.0.0.0/8")], route.Clients);
        Assert.Equal(8, route.Line);
        Assert.Equal("api", config.Routes[1].Backend);
        Assert.Equal(15, config.Routes[1].Line);
        Assert.Empty(config.Routes[1].Alpn);
        Assert.Empty(config.Routes[1].Listeners);
        Assert.Empty(config.Routes[1].Clients);

        Assert.Equal("localhost:8888", config.DefaultBackend);
        Assert.Equal(["api", "localhost:8888", "localhost:8080"], config.Backends.Select(b => b.Name));
        Assert.Equal(
            [new ServerSettings(new IPEndPoint(IPAddress.Parse("10.0.0.1"), 443), MaxConnections: 7), new ServerSettings(new DnsEndPoint("api.internal", 443), MaxConnections: 7)],
            config.Backends[0].Servers);
        Assert.Equal([new ServerSettings(new DnsEndPoint("localhost", 8080))], config.Backends[2].Servers);

        Assert.Equal(
            new TimeoutsConfig
            {
                Peek = TimeSpan.FromMilliseconds(250),
                Connect = TimeSpan.FromSeconds(6),
                Idle = TimeSpan.FromHours(2),
                HalfClosed = TimeSpan.FromMinutes(10),
                DrainDelay = TimeSpan.FromSeconds(15),
                Drain = TimeSpan.Zero,
            },
            config.Timeouts);

        Assert.Equal(1000, config.Limits.Connections);
        Assert.Equal(10, config.Limits.ConnectionsPerClient);
        Assert.Equal(10.0, config.Limits.NewConnectionsPerClient);
        Assert.Equal(10.0, config.Limits.NewConnectionsBurst);
        Assert.Equal((512 << 10, 10 << 20), (config.Limits.UploadRate, config.Limits.DownloadRate));
        Assert.Equal([IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("fd00::/8")], config.Limits.Allow);
        Assert.Equal([IPNetwork.Parse("10.1.2.3/32")], config.Limits.Deny);
        Assert.Equal(16 * 1024, config.Limits.PeekBytes);
        Assert.Equal(2L << 30, config.Limits.PeekMemory);

        Assert.Equal(new LogConfig { Level = LogLevel.Warning, Format = LogFormat.Json, Access = new AccessSettings { Enabled = false, Format = LogFormat.Text, File = "access.log", Interval = TimeSpan.FromMinutes(5), Queue = 1 << 20 } }, config.Log);
    }

    [Fact]
    public void Services_and_who_is_asked_for_them_are_read()
    {
        var config = Valid("""
            [[listener]]
            bind = ":443"
            [default]
            backend = "api"
            [backend.api]
            servers = ["srv+_https._tcp.api.internal", "localhost:443", { address = "srv+_old._tcp.api.internal", backup = true, max_connections = 5 }]
            max_connections = 7
            [dns]
            refresh = "10s"
            servers = ["10.0.0.53", "10.0.0.54:8600", "::1", "[fd00::53]:5353"]
            """);

        var api = config.Backends[0];
        Assert.Equal([new ServerSettings(new DnsEndPoint("localhost", 443), MaxConnections: 7)], api.Servers);
        Assert.Equal(
            [new ServiceSettings("_https._tcp.api.internal", MaxConnections: 7), new ServiceSettings("_old._tcp.api.internal", IsBackup: true, MaxConnections: 5)],
            api.Services);
        Assert.Equal(TimeSpan.FromSeconds(10), config.Dns.Refresh);
        Assert.Equal(["10.0.0.53:53", "10.0.0.54:8600", "[::1]:53", "[fd00::53]:5353"], config.Dns.Servers.Select(server => server.ToString()));
    }

    [Fact]
    public void Protocols_silence_and_PROXY_headers_are_read()
    {
        var config = Valid("""
            [[listener]]
            name = "web"
            bind = ":443"
            protocols = ["postgres", "any"]
            proxy_protocol = "optional"
            trusted_proxies = ["10.0.0.0/8", "unix:"]
            first_byte = "2s"
            [[listener]]
            bind = ":444"
            proxy_protocol = "required"
            trusted_proxies = "::1"
            [[route]]
            protocol = "ssh"
            backend = "api"
            [[route]]
            hosts = ["www.example"]
            protocol = ["tls", "http"]
            backend = "api"
            [default]
            backend = "localhost:1"
            [backend.api]
            servers = ["localhost:2"]
            send_proxy = "v2"
            [log]
            ja4 = true
            """);

        var (first, second) = (config.Listeners[0], config.Listeners[1]);
        Assert.Equal(Protocols.Postgres | Protocols.Tls | Protocols.Any | Protocols.Ssh, first.Protocols);
        Assert.Equal(TimeSpan.FromSeconds(2), first.FirstByte);
        Assert.False(first.Proxy!.IsRequired);
        Assert.True(first.Proxy.Trusts(new IPEndPoint(IPAddress.Parse("10.1.2.3"), 1)));
        Assert.True(first.Proxy.Trusts(new UnixDomainSocketEndPoint("/a")));
        Assert.False(first.Proxy.Trusts(new IPEndPoint(IPAddress.Parse("11.1.2.3"), 1)));
        Assert.True(second.Proxy!.IsRequired);
        Assert.True(second.Proxy.Trusts(new IPEndPoint(IPAddress.IPv6Loopback, 1)));
        Assert.False(second.Proxy.Trusts(new UnixDomainSocketEndPoint("/a")));
        Assert.Equal([Protocols.Ssh, Protocols.Tls | Protocols.Http], config.Routes.Select(route => route.Protocols));
        Assert.Empty(config.Routes[0].Hosts);
        Assert.Equal([ProxyVersion.V2, ProxyVersion.Off], config.Backends.Select(backend => backend.Rules.SendProxy));
        Assert.True(config.Log.Ja4);
    }

    [Fact]
    public void What_is_not_written_has_its_default()
    {
        var config = Valid("[[listener]]\nbind = \":443\"\n[[listener]]\nbind = \":80\"\n");

        Assert.Equal(["listener-1", "listener-2"], config.Listeners.Select(l => l.Name));
        Assert.All(config.Listeners, l => Assert.Equal(Protocols.Tls | Protocols.Http | Protocols.H2c, l.Protocols));
        Assert.All(config.Listeners, l => Assert.True(l.Peek));
        Assert.All(config.Listeners, l => Assert.Null(l.DefaultBackend));
        Assert.All(config.Listeners, l => Assert.Null(l.FirstByte));
        Assert.All(config.Listeners, l => Assert.Null(l.Proxy));
        Assert.Null(config.DefaultBackend);
        Assert.Empty(config.Routes);
        Assert.Empty(config.Backends);
        Assert.Equal(new TimeoutsConfig(), config.Timeouts);
        Assert.Equal(new LogConfig(), config.Log);
        Assert.Equal(0, config.Limits.Connections);
        Assert.Equal(0.0, config.Limits.NewConnectionsPerClient);
        Assert.Equal((0, 0), (config.Limits.UploadRate, config.Limits.DownloadRate));
        Assert.Empty(config.Limits.Allow);
        Assert.Equal(64 * 1024, config.Limits.PeekBytes);
        Assert.Equal(64 << 20, config.Limits.PeekMemory);
    }

    [Theory]
    [InlineData("1.2.3.4:443", "1.2.3.4", 443)]
    [InlineData("[::1]:65535", "::1", 65535)]
    [InlineData("[::]:443", "::", 443)]
    [InlineData("*:443", "::", 443)]
    [InlineData(":443", "::", 443)]
    [InlineData("127.0.0.1:0", "127.0.0.1", 0)]
    public void A_listener_binds_an_address_and_a_port(string bind, string address, int port) =>
        Assert.Equal(
            [new IPEndPoint(IPAddress.Parse(address), port)],
            Valid($"[[listener]]\nbind = \"{bind}\"\n").Listeners[0].Bind);

    [Fact]
    public void Backends_say_how_their_servers_are_chosen_checked_and_named()
    {
        var config = Valid(
            $$"""
            {{Listener}}
            [[route]]
            hosts = ["a.example"]
            backend = "all"
            max_connections = 9
            [[route]]
            hosts = ["b.example", "c.example"]
            backend = "{name}:443"
            allow_addresses = ["203.0.113.0/24"]
            [[route]]
            hosts = ["d.example"]
            backend = "{name}:443"
            allow_addresses = ["2001:db8::/32"]
            [[route]]
            hosts = ["e.example"]
            backend = "{name}:443"
            allow_addresses = ["203.0.113.0/24"]
            [backend.all]
            servers = [
              "10.0.0.1:443",
              { address = "unix:/a", weight = 256, backup = true, max_connections = 5 },
              "srv+_https._tcp.api.internal",
              { address = "srv+b.internal", backup = true, max_connections = 6 },
            ]
            balance = "source-hash"
            attempts = 2
            max_connections = 7
            queue = 10
            queue_timeout = "250ms"
            send_proxy = "v1"
            close_on_fail = true
            health = { interval = "10s", jitter = "2s", timeout = "1s", rise = 4, fall = 5, tls = true, http = "/h?a", status = [200, 204], host = "h.example" }
            [backend.checked]
            servers = ["10.0.0.1:443"]
            health = {}
            [dns]
            refresh = "1m"
            servers = ["10.0.0.53", "[fd00::53]:5353"]
            """);

        var all = config.Backends[0];
        Assert.Equal(Balance.SourceHash, all.Rules.Balance);
        Assert.Equal((2, 10, TimeSpan.FromMilliseconds(250), ProxyVersion.V1, true), (all.Rules.Attempts, all.Rules.Queue, all.Rules.QueueTimeout, all.Rules.SendProxy, all.Rules.CloseOnFail));
        Assert.Equal(
            [new ServerSettings(new IPEndPoint(IPAddress.Parse("10.0.0.1"), 443), MaxConnections: 7), new ServerSettings(new UnixDomainSocketEndPoint("/a"), 256, IsBackup: true, 5)],
            all.Servers);
        Assert.Equal([new ServiceSettings("_https._tcp.api.internal", MaxConnections: 7), new ServiceSettings("b.internal", IsBackup: true, 6)], all.Services);
        var check = all.Rules.Health.Check!;
        Assert.Equal((5, 4), (all.Rules.Health.Fall, all.Rules.Health.Rise));
        Assert.Equal((TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1)), (check.Interval, check.Jitter, check.Timeout));
        Assert.Equal((true, "/h?a", "h.example"), (check.Tls, check.Path, check.Host));
        Assert.Equal([200, 204], check.Statuses);

        var plain = config.Backends[1].Rules.Health;
        Assert.Equal((3, 2, TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(2)), (plain.Fall, plain.Rise, plain.Check!.Interval, plain.Check.Jitter, plain.Check.Timeout));
        Assert.Equal((false, null, null), (plain.Check.Tls, plain.Check.Path, plain.Check.Host));

        Assert.Equal(["all", "{name}:443", "{name}:443#2", "{name}:443"], config.Routes.Select(route => route.Backend));
        Assert.Equal([9, 0, 0, 0], config.Routes.Select(route => route.MaxConnections));
        Assert.Equal([443, 443], config.Backends.Skip(2).Select(backend => backend.Dynamic!.Port));
        Assert.Equal(IPNetwork.Parse("2001:db8::/32"), Assert.Single(config.Backends[3].Dynamic!.Allowed));
        Assert.Equal(TimeSpan.FromMinutes(1), config.Dns.Refresh);
        Assert.Equal([IPEndPoint.Parse("10.0.0.53:53"), IPEndPoint.Parse("[fd00::53]:5353")], config.Dns.Servers);
    }

    [Theory]
    [InlineData("unix:/run/a.sock", "/run/a.sock")]
    [InlineData("unix:a.sock", "a.sock")]
    [InlineData("unix:@abstract", "\0abstract")]
    public void Unix_sockets_are_listened_on_and_connected_to(string text, string path)
    {
        var config = Valid($"[[listener]]\nbind = \"{text}\"\ndefault = \"{text}\"\n");

        Assert.Equal([new UnixDomainSocketEndPoint(path)], config.Listeners[0].Bind);
        Assert.Equal([new ServerSettings(new UnixDomainSocketEndPoint(path))], config.Backends[0].Servers);
    }

    [Fact]
    public void A_unix_path_may_have_107_bytes_and_no_more()
    {
        string path = "/" + new string('p', 106);
        Assert.Equal(
            [new UnixDomainSocketEndPoint(path)], Valid($"[[listener]]\nbind = \"unix:{path}\"\n").Listeners[0].Bind);
        Assert.Single(Read($"[[listener]]\nbind = \"unix:{path}p\"\n").Errors);
    }

    [Theory]
    [InlineData("1.2.3.4:80", "1.2.3.4", 80)]
    [InlineData("[::1]:1", "::1", 1)]
    [InlineData("[2001:db8::1]:65535", "2001:db8::1", 65535)]
    public void A_server_may_be_an_ip_address(string text, string address, int port) =>
        Assert.Equal([new IPEndPoint(IPAddress.Parse(address), port)], Server(text));

    [Theory]
    [InlineData("localhost:80", "localhost", 80)]
    [InlineData("my_service.internal:8080", "my_service.internal", 8080)]
    [InlineData("db.internal.:5432", "db.internal.", 5432)]
    [InlineData("1and1.example:443", "1and1.example", 443)]
    public void A_server_may_be_a_host_name(string text, string host, int port) =>
        Assert.Equal([new DnsEndPoint(host, port)], Server(text));

    [Theory]
    [InlineData("A.Example.", "a.example")]
    [InlineData("*.A.Example", "*.a.example")]
    [InlineData("*.com", "*.com")]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example")]
    [InlineData("/^[A-Z]+$/", "/^[A-Z]+$/")]
    public void Hosts_are_normalised_and_expressions_are_kept(string written, string host) =>
        Assert.Equal([host], Valid($"{Listener}[[route]]\nhosts = '{written}'\nbackend = \"a:1\"\n").Routes[0].Hosts);

    [Theory]
    [InlineData("10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("::/0", "::/0")]
    [InlineData("192.0.2.1", "192.0.2.1/32")]
    [InlineData("192.0.2.128/25", "192.0.2.128/25")]
    [InlineData("2001:db8::1", "2001:db8::1/128")]
    [InlineData("2001:db8:8000::/33", "2001:db8:8000::/33")]
    public void A_network_is_a_prefix_or_one_address(string text, string network) =>
        Assert.Equal([IPNetwork.Parse(network)], Valid($"{Listener}[limits]\nallow = [\"{text}\"]\n").Limits.Allow);

    [Theory]
    [InlineData("1ms", 1)]
    [InlineData("90s", 90_000)]
    [InlineData("10m", 600_000)]
    [InlineData("576h", 2_073_600_000)]
    public void Durations_have_a_unit(string text, long milliseconds) =>
        Assert.Equal(
            TimeSpan.FromMilliseconds(milliseconds), Valid($"{Listener}[timeouts]\nidle = \"{text}\"\n").Timeouts.Idle);

    [Theory]
    [InlineData("1024B", 1024)]
    [InlineData("65536B", 65536)]
    [InlineData("1KiB", 1024)]
    [InlineData("64KiB", 65536)]
    public void Sizes_have_a_unit(string text, int bytes) =>
        Assert.Equal(bytes, Valid($"{Listener}[limits]\npeek_bytes = \"{text}\"\n").Limits.PeekBytes);

    [Theory]
    [InlineData("1MiB", 1L << 20)]
    [InlineData("1048576B", 1L << 20)]
    [InlineData("16GiB", 16L << 30)]
    public void Memory_is_a_size_up_to_GiB(string text, long bytes) =>
        Assert.Equal(bytes, Valid($"{Listener}[limits]\npeek_memory = \"{text}\"\n").Limits.PeekMemory);

    [Theory]
    [InlineData("0/s", 0)]
    [InlineData("20/s", 20)]
    [InlineData("30/m", 0.5)]
    public void Rates_are_per_second_or_minute(string text, double perSecond) =>
        Assert.Equal(
            perSecond, Valid($"{Listener}[limits]\nnew_connections_per_client = \"{text}\"\n").Limits.NewConnectionsPerClient);

    [Theory]
    [InlineData("new_connections_per_client = \"20/s\"", 20, 20)]
    [InlineData("new_connections_per_client = \"30/m\"", 0.5, 1)]
    [InlineData("new_connections_per_client = { rate = \"20/s\", burst = 50 }", 20, 50)]
    [InlineData("new_connections_per_client = { rate = \"20/s\", burst = 1 }", 20, 1)]
    [InlineData("new_connections_per_client = { burst = 2147483647, rate = \"1/m\" }", 1 / 60.0, 2147483647)]
    [InlineData("new_connections_per_client = { rate = \"20/s\" }", 20, 20)]
    [InlineData("new_connections_per_client.rate = \"30/m\"", 0.5, 1)]
    [InlineData("[limits.new_connections_per_client]\nrate = \"20/s\"\nburst = 50", 20, 50)]
    public void A_rate_has_a_burst_of_one_second_or_its_own(string line, double perSecond, double burst)
    {
        var limits = Valid($"{Listener}[limits]\n{line}\n").Limits;

        Assert.Equal((perSecond, burst), (limits.NewConnectionsPerClient, limits.NewConnectionsBurst));
    }

    [Theory]
    [InlineData("0B/s", 0)]
    [InlineData("0GiB/s", 0)]
    [InlineData("1024B/s", 1024)]
    [InlineData("1KiB/s", 1024)]
    [InlineData("10MiB/s", 10 << 20)]
    [InlineData("1024GiB/s", 1024L << 30)]
    public void Rates_of_bytes_have_a_unit(string text, long perSecond)
    {
        var limits = Valid($"{Listener}[limits]\nupload_rate = \"{text}\"\ndownload_rate = \"2KiB/s\"\n").Limits;

        Assert.Equal((perSecond, 2048), (limits.UploadRate, limits.DownloadRate));
    }

    [Fact]
    public void A_listener_that_does_not_peek_accepts_anything_and_may_use_the_common_default()
    {
        var config = Valid($"{Listener}peek = false\n[default]\nbackend = \"a:1\"\n");

        Assert.False(config.Listeners[0].Peek);
        Assert.Equal(Protocols.Any, config.Listeners[0].Protocols);
        Assert.Equal("a:1", config.DefaultBackend);
    }

    [Fact]
    public void Inline_addresses_become_one_backend_each_under_their_text()
    {
        var config = Valid($$"""
            {{Listener}}default = "a:1"
            [[route]]
            hosts = ["a.example", "b.example"]
            backend = "a:1"
            [[route]]
            hosts = "c.example"
            backend = "a:2"
            [default]
            backend = "a:1"
            """);

        Assert.Equal(["a:1", "a:2"], config.Backends.Select(b => b.Name));
        Assert.Same(config.Backends[0].Name, config.Routes[0].Backend);
    }

    [Theory]
    [InlineData("listeners = [\"one\"]", "listeners = [\"two\"]")]
    [InlineData("alpn = [\"h2\"]", "")]
    [InlineData("alpn = [\"h2\"]", "alpn = [\"http/1.1\"]")]
    [InlineData("clients = [\"10.0.0.0/8\"]", "clients = [\"10.0.0.0/9\"]")]
    [InlineData("alpn = [\"a\", \"b\"]", "alpn = [\"a\"]")]
    public void A_host_may_be_routed_again_under_other_conditions(string first, string second)
    {
        var config = Valid($"""
            [[listener]]
            bind = ":1"
            name = "one"
            [[listener]]
            bind = ":2"
            name = "two"
            [[route]]
            hosts = "a.example"
            backend = "a:1"
            {first}
            [[route]]
            hosts = "a.example"
            backend = "a:2"
            {second}
            """);

        Assert.Equal(2, config.Routes.Count);
    }

    [Fact]
    public void Tables_may_be_written_in_any_order_and_form_that_toml_allows()
    {
        var config = Valid("""
            log.level = "debug"
            timeouts = { peek = "1s", connect = "2s" }
            log."format" = 'json'
            backend.inline.servers = ["a:1"]

            [[route]]
            hosts = "a.example"
            backend = "api"

            [backend.api]   # [backend.other]
            servers = [
              "a:1", # [[listener]]
            ]

            [limits]

            [[listener]]
            bind = ":1"

            [[route]]
            backend = "inline"
            hosts = "b.example"
            [[route]]
            hosts = "c.example"
            backend = "x.y"

            [ backend . "x.y" ]
            servers = ["a:1"]

            [[listener]]
            bind = ":2"
            """);

        Assert.Equal(["inline", "api", "x.y"], config.Backends.Select(b => b.Name));
        Assert.Equal([6, 20, 23], config.Routes.Select(r => r.Line));
        Assert.Equal(2, config.Listeners.Count);
        Assert.Equal(LogLevel.Debug, config.Log.Level);
        Assert.Equal(LogFormat.Json, config.Log.Format);
        Assert.Equal(TimeSpan.FromSeconds(2), config.Timeouts.Connect);
    }

    [Fact]
    public void A_parent_may_be_opened_after_its_child()
    {
        var config = Valid($"{Listener}[backend.api]\nservers = [\"a:1\"]\n[backend]\n[backend.web]\nservers = [\"a:2\"]\n[log]\n");
        Assert.Equal(["api", "web"], config.Backends.Select(b => b.Name));
    }

    [Fact]
    public void A_file_that_does_not_exist_is_one_error_without_a_place()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "no-such-file.toml");
        var error = Assert.Single(ConfigReader.ReadFile(path).Errors);
        Assert.Equal($"{path}: cannot be read: it does not exist; name another with --config FILE", error.ToString());
    }

    [Fact]
    public void A_directory_is_one_error_without_a_place()
    {
        var error = Assert.Single(ConfigReader.ReadFile(AppContext.BaseDirectory).Errors);
        Assert.Equal("cannot be read: it is a directory; name the file inside it", error.Message);
        Assert.Equal(0, error.Line);
    }

    [Fact]
    public void A_name_that_is_no_path_is_one_error() => Assert.Single(ConfigReader.ReadFile("a\0b").Errors);

    [Fact]
    public void Two_hundred_thousand_routes_load_and_each_keeps_its_line()
    {
        const int Routes = 200_000;
        var text = new StringBuilder(Listener);
        for (int i = 0; i < Routes; i++)
            text.Append(CultureInfo.InvariantCulture, $"[[route]]\nhosts = [\"h{i}.example\"]\nbackend = \"10.0.0.{i % 200}:80\"\n");

        var config = Valid(text.ToString());

        Assert.Equal(Routes, config.Routes.Count);
        Assert.Equal(200, config.Backends.Count);
        Assert.All(config.Routes.Index(), r => Assert.Equal(3 + (3 * r.Index), r.Item.Line));
        Assert.Equal($"h{Routes - 1}.example", config.Routes[^1].Hosts[0]);
    }

    [Fact]
    public void A_syntax_error_in_a_very_long_text_is_still_told_with_its_place()
    {
        string text = string.Concat(Enumerable.Repeat("# a comment of some length\n", 50_000)) + "[x\n";
        var error = Assert.Single(Read(text).Errors);
        Assert.Equal(50_001, error.Line);
    }

    [Theory]
    [InlineData("a = 1\nb = \"\\", 2)]
    [InlineData("a = 1\n= 2\nb = \"\\", 2)]
    [InlineData("a = 1\nb = \"\\\ud800\"", 2)]
    [InlineData("a = 1\nb = \"\ud800\"", 2)]
    public void Text_that_makes_the_parser_throw_is_an_error_with_its_line(string text, int line) =>
        Assert.Equal(line, Assert.Single(Read(text).Errors).Line);

    [Theory]
    [InlineData("", null, null, null)]
    [InlineData("endpoint = \"https://collector.example/base\"", "https://collector.example/base", null, null)]
    [InlineData("protocol = \"grpc\"\ninterval = \"5s\"", null, "Grpc", 5)]
    public void What_otlp_leaves_open_stays_open(string keys, string? endpoint, string? protocol, int? seconds)
    {
        var otlp = Valid($"{Listener}[otlp]\n{keys}\n").Otlp;

        Assert.Equal((endpoint, protocol, seconds), (otlp!.Endpoint?.ToString(), otlp.Protocol?.ToString(), (int?)otlp.Interval?.TotalSeconds));
    }

    [Theory]
    [InlineData("127.0.0.1:9900", "")]
    [InlineData("[::1]:9900", "")]
    [InlineData("127.8.8.8:0", "")]
    [InlineData("unix:/run/admin.sock", "")]
    [InlineData("[::]:9900", "token = \"abcDEF0123-._~+/==\"")]
    public void The_admin_listener_needs_a_token_only_where_others_reach_it(string bind, string token)
    {
        var admin = Valid($"{Listener}[admin]\nbind = \"{bind}\"\n{token}\n").Admin;

        Assert.Equal(token.Length > 0 ? "abcDEF0123-._~+/==" : null, admin!.Token);
        Assert.Equal(bind.Replace("unix:", "", StringComparison.Ordinal), admin.Bind.ToString());
    }

    [Fact]
    public void Random_text_is_read_or_refused_but_never_throws() =>
        Gen.String.Sample(text => Assert.NotEmpty(Read(text).Errors), iter: 5_000);

    [Fact]
    public void Random_pieces_of_toml_are_read_or_refused_in_order_but_never_throw()
    {
        string[] pieces =
        [
            "[[listener]]", "[[route]]", "[default]", "[backend.a]", "[backend]", "[[backend.a]]", "[log]", "[a.b.c]",
            "bind = \":1\"", "hosts = [\"a\", \"*.b\"]", "backend = \"a\"", "backend = \"a:1\"", "servers = [\"a:1\"]",
            "servers = [{ address = \"a:1\" }]", "a.b.c = 1", "a.b = {}", "a = []", "log.level = \"info\"", "\"\" = 1",
            "level = \"debug\"", "x = \"\"\"\n[a]\n\"\"\"", "[", "]", "[[", "=", "\"", "'", "{", "}", ",", "#", ".", " ", "é",
        ];
        Gen.OneOf(pieces).Array[0, 12].Select(Gen.OneOf("\n", "\r\n", "\n\n", " "))
            .Sample((parts, separator) =>
            {
                var errors = Read(string.Join(separator, parts)).Errors;
                Assert.Equal(errors.OrderBy(e => e.Line).ThenBy(e => e.Column), errors);
                Assert.All(errors, e => Assert.True(e.Line > 0 && e.Column > 0));
            }, iter: 20_000);
    }

    private static EndPoint[] Server(string text) =>
        [.. Assert.Single(Valid($"{Listener}default = \"{text}\"\n").Backends).Servers.Select(server => server.Address)];

    private static ForwarderConfig Valid(string text)
    {
        var result = Read(text);
        Assert.Empty(result.Errors);
        return result.Config!;
    }

    private static ConfigResult Read(string text) => ConfigReader.Read(text, "forward.toml");
}
