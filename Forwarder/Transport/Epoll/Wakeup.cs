using System.Collections.Concurrent;
using System.Net.Sockets;

namespace SniForward.Transport.Epoll;

/// <summary>What other threads ask a reactor to run, and the eventfd(2) that wakes it for that.</summary>
internal sealed class Wakeup : Watched
{
    private readonly ConcurrentQueue<(SendOrPostCallback Callback, object? State)> _posted = new();
    private readonly Lock _lock = new();
    private bool _isRung;

    /// <exception cref="SocketException">No descriptor is left.</exception>
    public Wakeup()
    {
        Fd = Libc.EventFd();
        if (Fd < 0) throw new SocketException((int)Errno.ToSocketError(-Fd));
    }

    /// <summary>May be called from anywhere. Does nothing once this is closed.</summary>
    public void Post(SendOrPostCallback callback, object? state)
    {
        _posted.Enqueue((callback, state));
        lock (_lock)
        {
            if (_isRung || Fd < 0) return;
            _isRung = true;
            Libc.WriteEvent(Fd);
        }
    }

    public override void OnEvents(uint events)
    {
        lock (_lock)
        {
            Libc.ReadEvent(Fd);
            _isRung = false;
        }
        // What is posted meanwhile rings again.
        for (var left = _posted.Count; left > 0 && _posted.TryDequeue(out var posted); left--) posted.Callback(posted.State);
    }

    public void Close()
    {
        lock (_lock)
        {
            Libc.Close(Fd);
            Fd = -1;
        }
    }
}
