using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

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
        _http = new HttpClient(handler) { BaseAddress = new Uri(address is IPEndPoint ? $"http://{address}/" : "http://localhost/") };
        if (token is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>The status and the body of <paramref name="path"/>.</summary>
    public async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken).InTimeAsync();
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken).InTimeAsync());
    }

    /// <summary>The answer of the API to <paramref name="path"/>.</summary>
    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type)
    {
        var (status, body) = await GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, status);
        return JsonSerializer.Deserialize(body, type)!;
    }

    /// <summary>The status and the body of a POST, sent with these header fields.</summary>
    public async Task<(HttpStatusCode Status, string Body)> PostAsync(string path, params (string Name, string Value)[] fields)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative));
        foreach (var (name, value) in fields) request.Headers.Add(name, value);
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken).InTimeAsync();
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken).InTimeAsync());
    }

    /// <summary>The answer to a GET that names another host.</summary>
    public async Task<HttpResponseMessage> GetAsAsync(string host, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative)) { Headers = { Host = host } };
        return await _http.SendAsync(request, TestContext.Current.CancellationToken).InTimeAsync();
    }

    public void Dispose() => _http.Dispose();
}
