using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Serialization.Metadata;
using SniForward.Admin.Api;

namespace SniForward.Startup.Status;

/// <summary>Asks the admin listener of a forwarder that runs.</summary>
internal sealed class AdminClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http;

    /// <param name="address">An IP or a unix endpoint.</param>
    /// <param name="token">What it asks for; null: nothing.</param>
    public AdminClient(EndPoint address, string? token)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, ConnectCallback = (_, cancel) => ConnectAsync(address, cancel) };
        _http = new HttpClient(handler) { BaseAddress = new Uri($"http://{HostOf(address)}/"), Timeout = Patience };
        if (token is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <exception cref="HttpRequestException">It cannot be reached, or refuses to answer.</exception>
    /// <exception cref="TaskCanceledException">It does not answer.</exception>
    public Task<Overview> OverviewAsync() => GetAsync("api/overview", ApiJson.Default.Overview);

    /// <inheritdoc cref="OverviewAsync"/>
    public Task<Series> SeriesAsync() => GetAsync("api/series", ApiJson.Default.Series);

    /// <inheritdoc cref="OverviewAsync"/>
    public Task<ConnectionList> ConnectionsAsync() => GetAsync("api/connections?sort=down&order=descending", ApiJson.Default.ConnectionList);

    /// <summary>The answer as it is.</summary>
    /// <inheritdoc cref="OverviewAsync"/>
    public Task<string> OverviewTextAsync() => _http.GetStringAsync(new Uri("api/overview", UriKind.Relative));

    /// <summary>Has it reload its configuration.</summary>
    /// <returns>Whether it did, and if not, what is wrong with that: lines.</returns>
    /// <inheritdoc cref="OverviewAsync"/>
    public async Task<(bool IsTakenOver, string Text)> ReloadAsync()
    {
        using var answer = await _http.PostAsync(new Uri("api/reload", UriKind.Relative), content: null).ConfigureAwait(false);
        if (answer.StatusCode != HttpStatusCode.UnprocessableEntity) answer.EnsureSuccessStatusCode();
        return (answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync().ConfigureAwait(false));
    }

    public void Dispose() => _http.Dispose();

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type) =>
        await _http.GetFromJsonAsync(path, type).ConfigureAwait(false) ?? throw new HttpRequestException("The answer is empty.");

    /// <summary>What the request calls it; a unix socket has no name, and the forwarder takes localhost for one.</summary>
    private static string HostOf(EndPoint address) => address is IPEndPoint ip ? ip.ToString() : "localhost";

    private static async ValueTask<Stream> ConnectAsync(EndPoint address, CancellationToken cancel)
    {
        var isIp = address is IPEndPoint;
        var socket = new Socket(address.AddressFamily, SocketType.Stream, isIp ? ProtocolType.Tcp : ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(address, cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
