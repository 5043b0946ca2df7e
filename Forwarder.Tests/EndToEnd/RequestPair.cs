namespace SniForward.Tests.EndToEnd;

/// <summary>A client and a server that requests are routed between, one by one.</summary>
internal sealed class RequestPair : IDisposable
{
    private readonly TestServer _servers;
    private Wire? _server;

    private RequestPair(TestForwarder forwarder, TestServer servers, Wire client) => (Forwarder, _servers, Client) = (forwarder, servers, client);

    public TestForwarder Forwarder { get; }

    public Wire Client { get; }

    /// <summary>The server's side, once it was asked.</summary>
    public Wire Server => _server!;

    /// <param name="engine">What it runs on.</param>
    /// <param name="listener">What else its listener has.</param>
    /// <param name="more">What else its configuration has.</param>
    public static async Task<RequestPair> StartAsync(Engine engine, string listener = "", string more = "")
    {
        var servers = TestServer.Start();
        var forwarder = engine.Start($"""
            [[listener]]
            bind = "127.0.0.1:0"
            http_routing = "request"
            {listener}
            [default]
            backend = "127.0.0.1:{servers.Port}"
            {more}
            """);
        return new RequestPair(forwarder, servers, await Wire.ConnectAsync(forwarder));
    }

    /// <summary>The client sends, and the server gets just that.</summary>
    public async Task AskAsync(string text)
    {
        await Client.SendAsync(text);
        _server ??= await Wire.AcceptAsync(_servers);
        await _server.ExpectAsync(text);
    }

    /// <summary>The server sends, and the client gets just that.</summary>
    public async Task AnswerAsync(string text)
    {
        await Server.SendAsync(text);
        await Client.ExpectAsync(text);
    }

    /// <summary>The server's side of another connection.</summary>
    public async Task<Wire> AcceptAsync() => _server = await Wire.AcceptAsync(_servers);

    public void Dispose()
    {
        Client.Dispose();
        _server?.Dispose();
        Forwarder.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _servers.Dispose();
    }
}
