using Microsoft.AspNetCore.Connections.Features;

namespace SniForward.Admin;

/// <summary>
/// Has a connection that has not asked anything yet stay open when the listener stops, until it has, or the listener's patience
/// ends: Kestrel would close it, and the request that is on its way be answered by a reset.
/// </summary>
internal sealed class FirstRequest : IConnectionLifetimeNotificationFeature, IDisposable
{
    private readonly CancellationTokenSource _close = new();
    private readonly CancellationTokenRegistration _registration;
    private readonly Lock _lock = new();
    private bool _isAsked;
    private bool _isStopping;

    /// <param name="stopping">Cancelled when the listener stops.</param>
    public FirstRequest(CancellationToken stopping)
    {
        ConnectionClosedRequested = _close.Token;
        _registration = stopping.UnsafeRegister(static first => ((FirstRequest)first!).Note(isStopping: true), this);
    }

    /// <summary>When it is cancelled the connection ends after the request that it has, if any.</summary>
    public CancellationToken ConnectionClosedRequested { get; set; }

    public void RequestClose() => _close.Cancel();

    /// <summary>A request has come.</summary>
    public void Asked() => Note(isAsked: true);

    public void Dispose() => _registration.Dispose();

    private void Note(bool isAsked = false, bool isStopping = false)
    {
        lock (_lock)
        {
            (_isAsked, _isStopping) = (_isAsked || isAsked, _isStopping || isStopping);
            if (!_isAsked || !_isStopping) return;
        }
        _close.Cancel();
    }
}
