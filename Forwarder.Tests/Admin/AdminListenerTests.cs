using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using SniForward.Admin;
using SniForward.Transport;

namespace SniForward.Tests.Admin;

public sealed class AdminListenerTests : IDisposable
{
    private const string Token = "0123456789abcdef";

    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_is_ready_only_while_the_process_serves()
    {
        await using var admin = await StartAsync(new IPEndPoint(IPAddress.Loopback, 0));
        using var client = new AdminClient(admin.Address);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "starting\n"), await client.GetAsync("/readyz"));
        admin.Readiness = Readiness.Serving;
        Assert.Equal((HttpStatusCode.OK, "serving\n"), await client.GetAsync("/readyz"));
        admin.Readiness = Readiness.Draining;
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "draining\n"), await client.GetAsync("/readyz"));
        Assert.Equal((HttpStatusCode.OK, "alive\n"), await client.GetAsync("/livez"));
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("", HttpStatusCode.Unauthorized)]
    [InlineData("0123456789abcdee", HttpStatusCode.Unauthorized)]
    [InlineData("0123456789abcdef0", HttpStatusCode.Unauthorized)]
    [InlineData(Token, HttpStatusCode.NotFound)]
    public async Task With_a_token_all_but_the_health_endpoints_need_it(string? shown, HttpStatusCode expected)
    {
        await using var admin = await StartAsync(new IPEndPoint(IPAddress.Loopback, 0), Token);
        using var client = new AdminClient(admin.Address, shown);

        Assert.Equal(expected, (await client.GetAsync("/other")).Status);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/livez")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/readyz")).Status);
    }

    [Theory]
    [InlineData(true, "Bearer " + Token)]
    [InlineData(true, "bearer  " + Token + " ")]
    [InlineData(false, "Basic " + Token)]
    [InlineData(false, Token)]
    [InlineData(false, "Bearer")]
    [InlineData(false, "Bearer " + Token + "," + Token)]
    [InlineData(false, "Bearer " + Token, "Bearer " + Token)]
    [InlineData(false)]
    public void A_token_is_shown_once_and_whole(bool admitted, params string[] authorization) =>
        Assert.Equal(admitted, new BearerToken(Token).Admits(authorization));

    [Fact]
    public async Task A_unix_socket_is_taken_over_from_the_dead_but_not_from_the_living()
    {
        var address = new UnixDomainSocketEndPoint(Path.Combine(_folder, "admin.sock"));
        Abandon(address);

        await using (var admin = await StartAsync(address))
        {
            using var client = new AdminClient(address);
            Assert.Equal((HttpStatusCode.OK, "alive\n"), await client.GetAsync("/livez"));
            var taken = await Assert.ThrowsAsync<SocketException>(() => StartAsync(address));
            Assert.Equal(SocketError.AddressAlreadyInUse, taken.SocketErrorCode);
        }
        Assert.False(File.Exists(address.ToString()));
    }

    [Fact]
    public async Task Connections_beyond_the_most_are_closed_and_hurt_nobody()
    {
        await using var admin = await StartAsync(new IPEndPoint(IPAddress.Loopback, 0));
        using var client = new AdminClient(admin.Address);
        await client.GetAsync("/livez");
        var sockets = Enumerable.Range(0, AdminListener.MostConnections).Select(_ => NewSocket()).ToList();
        foreach (var socket in sockets) await socket.ConnectAsync(admin.Address, TestContext.Current.CancellationToken);

        // It is one too many, and nobody says which of them comes first.
        var closed = await await Task.WhenAny(sockets.Select(ReceiveAsync)).InTimeAsync();

        Assert.Equal(0, closed);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/livez")).Status);
        sockets.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Who_has_just_connected_when_it_stops_is_answered()
    {
        await using var admin = await StartAsync(new IPEndPoint(IPAddress.Loopback, 0));
        using var first = new TcpClient();
        await first.ConnectAsync((IPEndPoint)admin.Address, TestContext.Current.CancellationToken);
        // Who is answered connected later, and connections are accepted in their order.
        using (var second = new AdminClient(admin.Address)) await second.GetAsync("/livez");

        var stopped = admin.DisposeAsync();
        await first.GetStream().WriteAsync("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await new StreamReader(first.GetStream()).ReadToEndAsync(TestContext.Current.CancellationToken).InTimeAsync(), StringComparison.Ordinal);
        await stopped;
    }

    [Fact]
    public async Task Who_says_nothing_does_not_keep_it_from_its_end()
    {
        var admin = await StartAsync(new IPEndPoint(IPAddress.Loopback, 0));
        using var first = new TcpClient();
        await first.ConnectAsync((IPEndPoint)admin.Address, TestContext.Current.CancellationToken);
        using (var second = new AdminClient(admin.Address)) await second.GetAsync("/livez");

        await admin.DisposeAsync().AsTask().InTimeAsync();
    }

    private static Task<AdminListener> StartAsync(EndPoint bind, string? token = null) =>
        AdminListener.StartAsync(bind, given: null, UnixSocketFile.None, token is null ? null : new BearerToken(token), meters: null, NullLoggerFactory.Instance);

    /// <summary>Leaves a socket's file without anybody who listens there, as a process that was killed does.</summary>
    private static void Abandon(UnixDomainSocketEndPoint address)
    {
        var (kept, path) = ($"{address}.kept", address.ToString());
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(address);
            File.Move(path, kept);
        }
        File.Move(kept, path);
    }

    private static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    private static async Task<int> ReceiveAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken);
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
