using SniForward.Selecting;

namespace SniForward.Tests.EndToEnd;

/// <summary>Connections that an operator closes, wherever they are on their path.</summary>
public abstract class OperatorTests(Engine engine)
{
    private const string Request = "GET / HTTP/1.1\r\nHost: any.example\r\n\r\n";

    [Fact]
    public async Task One_that_is_peeked_ends_at_once_and_says_who_closed_it()
    {
        using var server = TestServer.Echo("server");
        await using var forwarder = engine.Start(Toml(server));
        using var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync("GET ");

        await CloseAsync(forwarder, "peeking");

        await client.ExpectResetAsync();
        await AssertClosedAsync(forwarder);
    }

    [Fact]
    public async Task One_that_is_dialled_says_who_closed_it()
    {
        using var server = SlowServer.Start();
        await using var forwarder = engine.Start(Toml(server.Server, "tls = { verify = false }"));
        using var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync(Request);
        await server.IsDialled.InTimeAsync();

        await CloseAsync(forwarder, "dialling");
        server.GoOn();

        await client.ExpectResetAsync();
        await AssertClosedAsync(forwarder);
    }

    [Fact]
    public async Task One_whose_server_is_taken_out_while_it_is_dialled_is_cut_as_soon_as_it_is_open()
    {
        using var server = SlowServer.Start();
        await using var forwarder = engine.Start(Toml(server.Server, "tls = { verify = false }"));
        using var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync(Request);
        await server.IsDialled.InTimeAsync();

        Assert.True(forwarder.Forwarder.View.Set("all", $"127.0.0.1:{server.Server.Port}", ServerAdmin.Out));
        server.GoOn();

        await client.ExpectResetAsync();
        await AssertClosedAsync(forwarder);
    }

    private static string Toml(TestServer server, string more = "") => $"""
        [[listener]]
        bind = "127.0.0.1:0"
        [default]
        backend = "all"
        [backend.all]
        servers = ["127.0.0.1:{server.Port}"]
        {more}
        """;

    private static async Task CloseAsync(TestForwarder forwarder, string stage)
    {
        var connection = await forwarder.ConnectionAtAsync(stage);
        Assert.True(await forwarder.Forwarder.View.CloseAsync(connection.Id));
    }

    /// <summary>Also that the counts agree with the access log.</summary>
    private static async Task AssertClosedAsync(TestForwarder forwarder)
    {
        Assert.Equal("closed_by_operator", (await forwarder.NextAccessLineAsync()).End);
        using var figures = Figures.Of(forwarder);
        Assert.Equal(1, figures.Read().Where(figure => figure.Key.Contains(",end=", StringComparison.Ordinal)).Sum(figure => figure.Value));
        Assert.Equal(1, figures.Read().Where(figure => figure.Key.Contains(",end=closed_by_operator", StringComparison.Ordinal)).Sum(figure => figure.Value));
    }

    /// <summary>Accepts a connection, and begins its TLS when it is told to.</summary>
    private sealed class SlowServer : IDisposable
    {
        private readonly TaskCompletionSource _isDialled = new(), _mayGoOn = new();

        private SlowServer() => Server = TestServer.Start(async stream =>
        {
            _isDialled.TrySetResult();
            await _mayGoOn.Task;
            await TlsServer.ServeAsync(stream, "server.example");
        });

        public TestServer Server { get; }

        public Task IsDialled => _isDialled.Task;

        public static SlowServer Start() => new();

        public void GoOn() => _mayGoOn.SetResult();

        public void Dispose() => Server.Dispose();
    }
}

public sealed class OperatorTestsOnEpoll() : OperatorTests(Engine.Epoll);

public sealed class OperatorTestsOnSockets() : OperatorTests(Engine.Sockets);
