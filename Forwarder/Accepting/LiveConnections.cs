using System.Net;
using SniForward.Selecting;
using SniForward.Telemetry;
using SniForward.Transport;

namespace SniForward.Accepting;

/// <summary>
/// The connections of one engine: let in, counted, waited for and, in the end, cut. Their objects serve one connection
/// after the other.
/// </summary>
internal sealed class LiveConnections
{
    /// <summary>How many connections are looked at before the engine has others' turn; a few tens of microseconds.</summary>
    private const int Piece = 512;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly ConnectionParts _parts;
    private readonly Admission _admission;
    private readonly SemaphoreSlim _room;
    private readonly int _idStep;
    private readonly Pool<Connection> _idle;
    private readonly Func<Connection, ConnectionEnd?> _admit;
    private readonly Action<Connection> _ended;
    private readonly List<Connection> _all = [];
    private readonly Lock _lock = new();
    private TaskCompletionSource? _empty;
    private long _lastId;
    private int _open;
    private int _listeners;

    /// <param name="parts">Those of the engine.</param>
    /// <param name="admission">Who may come in.</param>
    /// <param name="room">How many may be open at once here.</param>
    /// <param name="index">Which of the engines this is, from 0.</param>
    /// <param name="engines">How many there are; ids are given out so that no two share one.</param>
    public LiveConnections(ConnectionParts parts, Admission admission, int room, int index, int engines)
    {
        (_parts, _admission, _room) = (parts, admission, new SemaphoreSlim(room));
        (_lastId, _idStep) = (index + 1 - engines, engines);
        _idle = new Pool<Connection>(NewConnection);
        (_admit, _ended) = (Admit, Ended);
    }

    /// <summary>The last ones that no server got.</summary>
    public RecentRefusals Refusals => _parts.Refusals;

    /// <summary>How many are open.</summary>
    public int Count => Volatile.Read(ref _open);

    /// <summary>Takes the place of one more connection, if there is one.</summary>
    public bool TryTakeRoom() => _room.Wait(0);

    /// <summary>Waits for the place of one more connection, and takes it.</summary>
    public Task TakeRoomAsync() => _room.WaitAsync();

    /// <summary>Serves <paramref name="client"/>, for which room was taken, to its end.</summary>
    /// <param name="client">Just accepted.</param>
    /// <param name="rules">Those of the listener that accepted it.</param>
    /// <param name="refused">Why it is closed at once; null if it is not.</param>
    public void Serve(ISocket client, CurrentRules rules, ConnectionEnd? refused)
    {
        if (!_admission.TryEnter(out var isCounted)) refused = ConnectionEnd.ProcessLimit;
        Interlocked.Increment(ref _open);
        var connection = _idle.Rent();
        connection.IsCounted = isCounted;
        connection.Serve(Interlocked.Add(ref _lastId, _idStep), client, rules, refused);
    }

    /// <summary>A listener will have its clients served here.</summary>
    public void ListenerStarts() => Interlocked.Increment(ref _listeners);

    /// <summary>It accepts no more, and whoever it accepted is served.</summary>
    public void ListenerEnds()
    {
        Interlocked.Decrement(ref _listeners);
        SignalIfEmpty();
    }

    /// <summary>Waits until none is open and no listener can bring more. True if that came within <paramref name="deadline"/> and before <paramref name="hurry"/>.</summary>
    public async Task<bool> WaitEmptyAsync(TimeSpan deadline, CancellationToken hurry)
    {
        var empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _empty, empty);
        if (IsEmpty) return true;
        try
        {
            await empty.Task.WaitAsync(deadline, hurry).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Resets every connection that is still open, soon. Nothing may be accepted any more.</summary>
    public void CutAll() => ForEachSoon(static connection => connection.Cut(ConnectionEnd.Drained));

    /// <summary>Closes the connections whose clients wait for nothing, soon, and each of the others that is HTTP's after its answer.</summary>
    public void EndIdle()
    {
        _parts.IsDraining = true;
        ForEachSoon(static connection => connection.EndSoon());
    }

    /// <summary>Resets every connection that <paramref name="server"/> has here, soon. One that is still dialled sees to that itself.</summary>
    /// <param name="server">Whose they are.</param>
    /// <param name="why">How they end.</param>
    public void CutTo(ServerState server, ConnectionEnd why) => ForEachSoon(connection => connection.CutTo(server, why));

    /// <summary>Those that are open, each as it is when its engine comes to it: a piece at a time, so that nobody waits long meanwhile.</summary>
    /// <exception cref="TimeoutException">The engine does not answer.</exception>
    public async Task<List<ConnectionSnapshot>> SnapshotAsync()
    {
        var found = new List<ConnectionSnapshot>();
        await ForEachAsync(connection =>
        {
            if (connection.IsOpen) found.Add(connection.Snapshot());
        }).ConfigureAwait(false);
        return found;
    }

    /// <summary>Counts those that are forwarded for limits that were not there when they came.</summary>
    /// <param name="limits">Those of the routes by now.</param>
    /// <inheritdoc cref="SnapshotAsync"/>
    public Task CountLateAsync(RouteLimits limits) => ForEachAsync(connection => connection.CountLate(CountLate, limits));

    /// <summary>Resets the connection with <paramref name="id"/>. False: it is not open here.</summary>
    /// <inheritdoc cref="SnapshotAsync"/>
    public Task<bool> CloseAsync(long id) => AskAsync(() =>
    {
        Connection? connection;
        lock (_lock) connection = _all.Find(connection => connection.Id == id && connection.IsOpen);
        connection?.Cut(ConnectionEnd.ClosedByOperator);
        return connection is not null;
    });

    /// <summary>Asks on the engine.</summary>
    private Task<T> AskAsync<T>(Func<T> question)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _parts.Transport.Post(_ => answer.SetResult(question()), null);
        return answer.Task.WaitAsync(Patience);
    }

    /// <summary>Has something done to each on the engine, all in one go.</summary>
    private void ForEachSoon(Action<Connection> act) => _parts.Transport.Post(
        _ =>
        {
            Connection[] all;
            lock (_lock) all = [.. _all];
            foreach (var connection in all) act(connection);
        },
        null);

    /// <summary>Looks at each on the engine, a piece of them at a time.</summary>
    private async Task ForEachAsync(Action<Connection> look)
    {
        for (var from = 0; from >= 0;)
        {
            var start = from;
            from = await AskAsync(() => Look(start, look)).ConfigureAwait(false);
        }
    }

    /// <summary>Looks at a piece of them; where the next one begins, or -1.</summary>
    private int Look(int from, Action<Connection> look)
    {
        lock (_lock)
        {
            var to = Math.Min(from + Piece, _all.Count);
            for (; from < to; from++) look(_all[from]);
            return to < _all.Count ? to : -1;
        }
    }

    private void CountLate(Connection connection)
    {
        // Whom a PROXY header named is known no more.
        var client = connection.Rules.Proxy is null ? (connection.Client.RemoteEndPoint as IPEndPoint)?.Address : null;
        (connection.IsCounted, connection.CountedAddress) = _admission.EnterLate(connection.IsCounted, connection.CountedAddress, client);
    }

    /// <summary>Why a connection may not go on, once its client is known; null if it may.</summary>
    private ConnectionEnd? Admit(Connection connection)
    {
        // A client of a unix socket has no address, and is let in by who may open the socket.
        if (!_admission.AsksForClient || connection.ClientAddress is not IPEndPoint { Address: var address }) return null;
        var verdict = _admission.Admit(address, out var counted, out var wait);
        (connection.CountedAddress, connection.RetryAfter) = (counted, wait);
        return verdict switch
        {
            AdmissionVerdict.Denied => ConnectionEnd.ClientDenied,
            AdmissionVerdict.ClientLimit => ConnectionEnd.ClientLimit,
            _ => null,
        };
    }

    private bool IsEmpty => Count == 0 && Volatile.Read(ref _listeners) == 0;

    private void SignalIfEmpty()
    {
        if (IsEmpty) Volatile.Read(ref _empty)?.TrySetResult();
    }

    private Connection NewConnection()
    {
        var connection = new Connection(_parts, _admit, _ended);
        lock (_lock) _all.Add(connection);
        return connection;
    }

    private void Ended(Connection connection)
    {
        // Whoever reads the line may count on the place being free.
        _admission.Leave(connection.IsCounted, connection.CountedAddress);
        connection.WriteAccessLine();
        _idle.Return(connection);
        _room.Release();
        if (Interlocked.Decrement(ref _open) == 0) SignalIfEmpty();
    }
}
