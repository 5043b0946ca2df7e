using Microsoft.Extensions.Logging;
using SniForward.Telemetry;

namespace SniForward.Startup;

/// <summary>Says when the figures cannot be sent to their collector, once, and when they can again.</summary>
internal sealed class CollectorWatch(ILogger logger) : DelegatingHandler(new SocketsHttpHandler())
{
    private bool _isFailing;

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Judge(request, base.Send(request, cancellationToken));
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            Failed(request, e.Message);
            throw;
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Judge(request, await base.SendAsync(request, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            Failed(request, e.Message);
            throw;
        }
    }

    private HttpResponseMessage Judge(HttpRequestMessage request, HttpResponseMessage response)
    {
        if (!response.IsSuccessStatusCode) Failed(request, $"it answered {(int)response.StatusCode}");
        // gRPC says in a field of its own that it refuses.
        else if (response.Headers.TryGetValues("grpc-status", out var status) && status.Single() != "0") Failed(request, $"it answered gRPC status {status.Single()}");
        else if (_isFailing) Recovered(request);
        return response;
    }

    private void Failed(HttpRequestMessage request, string why)
    {
        if (!_isFailing) Log.FiguresNotSent(logger, request.RequestUri, why);
        _isFailing = true;
    }

    private void Recovered(HttpRequestMessage request)
    {
        Log.FiguresSentAgain(logger, request.RequestUri);
        _isFailing = false;
    }
}
