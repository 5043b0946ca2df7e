using System.Net;
using SniForward.Admin.Api;
using SniForward.Tests.Admin;

namespace SniForward.Tests.EndToEnd;

/// <summary>The admin API of the program, with clients at its listener.</summary>
public abstract class AdminApiTests(Engine engine)
{
    [Fact]
    public async Task It_shows_what_is_carried_and_by_whom()
    {
        await using var program = await AdminProgram.StartAsync(engine);
        using var client = await TestClient.ConnectAsync(program.Address);
        var server = await AdminProgram.ServerOfAsync(client);

        var overview = await program.Admin.GetAsync("api/overview", ApiJson.Default.Overview);

        Assert.Equal(("serving", 1, 1, 0), (overview.State, overview.Open, overview.Accepted, overview.Refused));
        Assert.StartsWith("forward.toml of ", overview.Configuration, StringComparison.Ordinal);
        var listener = Assert.Single(overview.Listeners);
        Assert.Equal(("web", 1, 1), (listener.Name, listener.Open, listener.Accepted));
        Assert.Equal([program.Address.ToString()], listener.Addresses);
        var route = Assert.Single(overview.Routes);
        Assert.Equal(("pair", "passed through", 1, 1), (route.Backend, route.Tls, route.Open, route.Total));
        Assert.Equal(["a.example"], route.Hosts);
        Assert.Equal([program.ServerName(0), program.ServerName(1)], overview.Servers.Select(of => of.Name));
        Assert.All(overview.Servers, of => Assert.Equal(("pair", "up", "in"), (of.Backend, of.Health, of.Admin)));
        Assert.Equal([server == 0 ? 1 : 0, server == 1 ? 1 : 0], overview.Servers.Select(of => (int)of.Open));
    }

    [Fact]
    public async Task It_lists_open_connections_and_closes_one()
    {
        await using var program = await AdminProgram.StartAsync(engine);
        using var first = await TestClient.ConnectAsync(program.Address);
        await AdminProgram.ServerOfAsync(first);
        using var second = await TestClient.ConnectAsync(program.Address);
        await AdminProgram.ServerOfAsync(second);

        var found = await program.Admin.GetAsync($"api/connections?filter={first.Socket.LocalEndPoint}", ApiJson.Default.ConnectionList);

        Assert.Equal((2, 1), (found.Open, found.Matching));
        var connection = Assert.Single(found.Connections);
        Assert.Equal(
            (first.Socket.LocalEndPoint!.ToString(), "web", "http", "a.example", "a.example", "pair", "splicing"),
            (connection.Client, connection.Listener, connection.Protocol, connection.Name, connection.Route, connection.Backend, connection.Stage));

        Assert.Equal(HttpStatusCode.NoContent, (await program.Admin.PostAsync($"api/connections/{connection.Id}/close")).Status);

        await first.ExpectResetAsync();
        await program.Process.LineAsync(new($"#{connection.Id} .*end=closed_by_operator"));
        Assert.Equal(HttpStatusCode.NotFound, (await program.Admin.PostAsync($"api/connections/{connection.Id}/close")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await program.Admin.PostAsync("api/connections/nonsense/close")).Status);
        await second.SendAsync("still there");
    }

    [Fact]
    public async Task A_server_that_drains_keeps_its_connections_and_gets_no_new_ones()
    {
        await using var program = await AdminProgram.StartAsync(engine);
        using var kept = await TestClient.ConnectAsync(program.Address);
        var drained = await AdminProgram.ServerOfAsync(kept);

        await SetAsync(program, drained, "drain");
        for (var i = 0; i < 4; i++)
        {
            using var client = await TestClient.ConnectAsync(program.Address);
            Assert.Equal(1 - drained, await AdminProgram.ServerOfAsync(client));
        }
        Assert.Equal("draining", await AdminOfAsync(program, drained));
        await kept.SendAsync("?");
        await kept.ReadAsync("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n?".Length);

        await SetAsync(program, drained, "in");
        Assert.Equal("in", await AdminOfAsync(program, drained));
        var servers = new HashSet<int>();
        for (var i = 0; i < 4; i++)
        {
            using var client = await TestClient.ConnectAsync(program.Address);
            servers.Add(await AdminProgram.ServerOfAsync(client));
        }
        Assert.Equal(2, servers.Count);
    }

    [Fact]
    public async Task A_server_that_is_taken_out_loses_its_connections()
    {
        await using var program = await AdminProgram.StartAsync(engine);
        using var client = await TestClient.ConnectAsync(program.Address);
        var server = await AdminProgram.ServerOfAsync(client);

        await SetAsync(program, server, "out");

        await client.ExpectResetAsync();
        Assert.Equal("out", await AdminOfAsync(program, server));
        Assert.Equal(HttpStatusCode.NotFound, (await program.Admin.PostAsync("api/backends/pair/servers/127.0.0.1:1/out")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await program.Admin.PostAsync($"api/backends/other/servers/{program.ServerName(0)}/out")).Status);
    }

    [Fact]
    public async Task It_remembers_who_was_refused_and_why()
    {
        await using var program = await AdminProgram.StartAsync(engine);
        using var client = await TestClient.ConnectAsync(program.Address);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: nobody.example\r\n\r\n");
        await client.ReadAllAsync();
        await program.Process.LineAsync(new("end=no_route"));

        var refusal = Assert.Single((await program.Admin.GetAsync("api/refusals", ApiJson.Default.RefusalList)).Refusals);

        Assert.Equal(("web", client.Socket.LocalEndPoint!.ToString(), "nobody.example", "no_route"), (refusal.Listener, refusal.Client, refusal.Name, refusal.End));
        Assert.Equal(1, (await program.Admin.GetAsync("api/overview", ApiJson.Default.Overview)).Refused);
    }

    [Fact]
    public async Task It_shows_the_configuration_without_the_token()
    {
        await using var program = await AdminProgram.StartAsync(engine);

        var (status, text) = await program.Admin.GetAsync("api/configuration");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("hosts = [\"a.example\"]", text, StringComparison.Ordinal);
        Assert.Contains("token = \"(hidden)\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain(AdminProgram.Token, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_shown_nor_changed_without_the_token_or_for_another_site()
    {
        await using var program = await AdminProgram.StartAsync(engine);
        using var stranger = new AdminClient(program.AdminAddress);
        var drain = $"api/backends/pair/servers/{program.ServerName(0)}/drain";

        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync("api/overview")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.PostAsync(drain)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await program.Admin.PostAsync(drain, ("Origin", "http://evil.example"))).Status);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await program.Admin.GetAsync(drain)).Status);
        Assert.Equal("in", await AdminOfAsync(program, 0));

        Assert.Equal(HttpStatusCode.NoContent, (await program.Admin.PostAsync(drain, ("Origin", $"http://{program.AdminAddress}"))).Status);
        Assert.Equal("draining", await AdminOfAsync(program, 0));
    }

    private static async Task SetAsync(AdminProgram program, int server, string what) => Assert.Equal(
        HttpStatusCode.NoContent, (await program.Admin.PostAsync($"api/backends/pair/servers/{Uri.EscapeDataString(program.ServerName(server))}/{what}")).Status);

    private static async Task<string> AdminOfAsync(AdminProgram program, int server) =>
        (await program.Admin.GetAsync("api/overview", ApiJson.Default.Overview)).Servers[server].Admin;
}

public sealed class AdminApiTestsOnEpoll() : AdminApiTests(Engine.Epoll);

public sealed class AdminApiTestsOnSockets() : AdminApiTests(Engine.Sockets);
