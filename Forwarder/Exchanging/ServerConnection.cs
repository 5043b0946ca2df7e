using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using SniForward.Routing;
using SniForward.Selecting;
using SniForward.Telemetry.Metrics;
using SniForward.Transport;

namespace SniForward.Exchanging;

/// <summary>
/// One client's connection to a server, which serves one exchange after the other. While it rests a read is pending, so that
/// a server that ends it, or speaks unasked, is heard of at once; when the server is asked again that is the first read of its
/// answer. After its end it may be another.
/// </summary>
internal sealed class ServerConnection : IValueTaskSource<ReadResult>
{
    private readonly Action _resume;
    private ManualResetValueTaskSourceCore<ReadResult> _answered;
    private ConfiguredValueTaskAwaitable<ReadResult>.ConfiguredValueTaskAwaiter _read;
    private DialResult _dial;
    private Route? _route;
    private Backend? _backend;
    private Server? _named;
    private FlowTally? _flow;
    private int _state = (int)State.Gone;
    private bool _isReading;

    public ServerConnection() => _resume = Resume;

    private enum State
    {
        /// <summary>It is asked something, and who asks owns it.</summary>
        Asked,

        /// <summary>Nothing is asked; a read is pending.</summary>
        Resting,

        /// <summary>It is closed as soon as the pending read has ended.</summary>
        Closing,

        /// <summary>It is closed.</summary>
        Gone,
    }

    /// <summary>The socket to the server.</summary>
    public ISocket Socket => _dial.Socket!;

    public Server Server => _dial.Server!;

    /// <summary>Where what moves is counted.</summary>
    public FlowTally Flow => _flow!;

    /// <summary>Whether it was asked before, so that the server may have ended it meanwhile.</summary>
    public bool IsUsed { get; private set; }

    /// <summary>When it began to rest, among its client's others.</summary>
    public long Turn { get; set; }

    /// <summary>Whether it is closed, so that the object may serve another.</summary>
    public bool IsGone => Volatile.Read(ref _state) == (int)State.Gone;

    /// <summary>Begins with a connection that was just dialled, for its first exchange.</summary>
    /// <param name="dial">A connection; it belongs to this one.</param>
    /// <param name="route">The route that led to it; null: a default.</param>
    /// <param name="backend">Whose server it is.</param>
    /// <param name="named">The server of the name that the client chose; null: it is the backend's own.</param>
    /// <param name="flow">Where it was counted as begun.</param>
    public void Begin(in DialResult dial, Route? route, Backend backend, Server? named, FlowTally flow)
    {
        (_dial, _route, _backend, _named, _flow, IsUsed, _isReading) = (dial, route, backend, named, flow, false, false);
        Volatile.Write(ref _state, (int)State.Asked);
    }

    /// <summary>Whether it rests, leads where a request is to go, and that server still takes new ones.</summary>
    public bool Serves(Route? route, Backend backend, Server? named) =>
        ReferenceEquals(_route, route) && ReferenceEquals(_backend, backend) && ReferenceEquals(_named, named) && Volatile.Read(ref _state) == (int)State.Resting
        && Server is { Health.IsUsable: true, Admin: ServerAdmin.In };

    /// <summary>Takes it for another exchange. False: its server has just ended it.</summary>
    public bool TryAsk() => Interlocked.CompareExchange(ref _state, (int)State.Asked, (int)State.Resting) == (int)State.Resting;

    /// <summary>The first bytes of the answer. Once for each exchange, also if that failed before.</summary>
    public ValueTask<ReadResult> ReadFirstAsync()
    {
        if (!_isReading) return Socket.Input.ReadAsync(CancellationToken.None);
        _isReading = false;
        return new ValueTask<ReadResult>(this, _answered.Version);
    }

    /// <summary>The exchange is over, and the next may come.</summary>
    public void Rest()
    {
        _answered.Reset();
        IsUsed = _isReading = true;
        Volatile.Write(ref _state, (int)State.Resting);
        _read = AwaiterOf(Socket.Input.ReadAsync(CancellationToken.None));
        // Nothing may be touched after this: on another thread it may be closed already.
        if (_read.IsCompleted) Resume();
        else _read.UnsafeOnCompleted(_resume);
    }

    /// <summary>Closes it. Not while an exchange is in progress.</summary>
    public void Close()
    {
        if (Interlocked.CompareExchange(ref _state, (int)State.Closing, (int)State.Resting) == (int)State.Resting) Socket.Input.CancelPendingRead();
        else if (Interlocked.CompareExchange(ref _state, (int)State.Gone, (int)State.Asked) == (int)State.Asked) End();
    }

    /// <summary>Closes it if it rests and leads to <paramref name="server"/>. From any thread.</summary>
    public void CloseIfTo(ServerState server)
    {
        if (_dial.Server?.State != server) return;
        if (Interlocked.CompareExchange(ref _state, (int)State.Closing, (int)State.Resting) == (int)State.Resting) Socket.Input.CancelPendingRead();
    }

    /// <summary>Gives the connection away, to whom its end is not known here any more.</summary>
    public DialResult Detach()
    {
        Volatile.Write(ref _state, (int)State.Gone);
        return _dial;
    }

    private static ConfiguredValueTaskAwaitable<ReadResult>.ConfiguredValueTaskAwaiter AwaiterOf(ValueTask<ReadResult> read) =>
        read.ConfigureAwait(false).GetAwaiter();

    private void Resume()
    {
        if (Interlocked.CompareExchange(ref _state, (int)State.Closing, (int)State.Resting) == (int)State.Asked) Answer();
        else Leave();
    }

    private void Answer()
    {
        ReadResult read;
        try
        {
            read = _read.GetResult();
        }
        catch (IOException e)
        {
            _answered.SetException(e);
            return;
        }
        _answered.SetResult(read);
    }

    /// <summary>The server has ended it, or has said what nobody asked for; or it is to be closed.</summary>
    private void Leave()
    {
        try
        {
            var read = _read.GetResult();
            Socket.Input.AdvanceTo(read.Buffer.End);
        }
        catch (IOException)
        {
            // It is closed in any case.
        }
        End();
        Volatile.Write(ref _state, (int)State.Gone);
    }

    private void End()
    {
        _flow?.CountEnded();
        _dial.Dispose();
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token) => _answered.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _answered.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _answered.OnCompleted(continuation, state, token, flags);
}
