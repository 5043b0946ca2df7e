using System.Net;
using System.Text.RegularExpressions;
using SniForward.Tests.Admin;

namespace SniForward.Tests.EndToEnd;

/// <summary>The program with two servers behind one name, and an admin listener with a token.</summary>
internal sealed partial class AdminProgram : IAsyncDisposable
{
    public const string Token = "0123456789abcdef-secret";

    private readonly string _folder;
    private readonly TestServer[] _servers;

    private AdminProgram(string folder, TestServer[] servers, ForwarderProcess process, IPEndPoint admin, IPEndPoint address)
    {
        (_folder, _servers, Process, AdminAddress, Address) = (folder, servers, process, admin, address);
        Admin = new AdminClient(admin, Token);
    }

    public ForwarderProcess Process { get; }

    /// <summary>Where clients connect.</summary>
    public IPEndPoint Address { get; }

    public IPEndPoint AdminAddress { get; }

    /// <summary>Shows the token.</summary>
    public AdminClient Admin { get; }

    /// <summary>Its configuration's folder.</summary>
    public string Folder => _folder;

    /// <summary>The name of one of the servers, 0 or 1.</summary>
    public string ServerName(int index) => $"127.0.0.1:{_servers[index].Port}";

    /// <summary>Which of the servers says "server N" to a connection.</summary>
    public static async Task<int> ServerOfAsync(TestClient client)
    {
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        return (await client.ReadAsync("server N\n".Length))[^2] - '0';
    }

    public static async Task<AdminProgram> StartAsync(Engine engine)
    {
        var folder = Directory.CreateTempSubdirectory("sniforward").FullName;
        TestServer[] servers = [TestServer.Echo("server 0"), TestServer.Echo("server 1")];
        await File.WriteAllTextAsync(Path.Combine(folder, "forward.toml"), $"""
            {engine.Line()}
            [[listener]]
            bind = "127.0.0.1:0"
            name = "web"
            [[route]]
            hosts = ["a.example"]
            backend = "pair"
            [backend.pair]
            servers = ["127.0.0.1:{servers[0].Port}", "127.0.0.1:{servers[1].Port}"]
            [admin]
            bind = "127.0.0.1:0"
            token = "{Token}"
            """, TestContext.Current.CancellationToken);
        var process = ForwarderProcess.Start(folder);
        var admin = IPEndPoint.Parse((await process.LineAsync(AdminLine())).Groups[1].Value);
        var address = await process.AddressAsync();
        await process.LineAsync(Ready());
        return new AdminProgram(folder, servers, process, admin, address);
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await Process.DisposeAsync();
        foreach (var server in _servers) server.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [GeneratedRegex(@"the admin listener answers on (\S+)")]
    private static partial Regex AdminLine();

    [GeneratedRegex("ready; ")]
    private static partial Regex Ready();
}
