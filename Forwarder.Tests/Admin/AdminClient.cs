using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace SniForward.Tests.Admin;

/// <summary>Asks an admin listener.</summary>
internal sealed class AdminClient : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="address">Where it listens: an IP or a unix endpoint.</param>
    /// <param name="token">What is shown to it; null: nothing.</param>
    public AdminClient(EndPoint address, string? token = null)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(address.AddressFamily, SocketType.Stream, address is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
                await socket.ConnectAsync(address, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        _http = new HttpClient(handler) { BaseAddress = new Uri("http://admin.example/") };
        if (token is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>The status and the body of <paramref name="path"/>.</summary>
    public async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken).InTimeAsync();
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken).InTimeAsync());
    }

    public void Dispose() => _http.Dispose();
}
