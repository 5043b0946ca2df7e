using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using SniForward.Exchanging;
using SniForward.Framing;
using SniForward.Peeking;
using SniForward.Routing;
using SniForward.Selecting;
using SniForward.Splicing;
using SniForward.Telemetry;
using SniForward.Telemetry.Metrics;
using SniForward.Transport;
using SniForward.Transport.Tls;

namespace SniForward;

/// <summary>
/// The requests of one connection after the other, each with a path of its own: peek, route, a server that is kept or
/// dialled, exchange, or else refuse. It is its connection's, and serves the next when that has ended.
/// </summary>
/// <param name="connection">Whose requests they are.</param>
/// <param name="parts">Those of its engine.</param>
internal sealed class RequestLoop(Connection connection, ConnectionParts parts)
{
    private readonly Exchange _exchange = new(parts.Transport.Time);
    private readonly ServerConnections _servers = new();
    private Loans _loans = new(parts);
    private FirstFlight? _hello;
    private RouteMatch _secured;
    private RouteMatch _match;
    private Request? _request;
    private Server? _named;
    private ServerConnection? _server;
    private long _bytesUp;
    private long _bytesDown;
    private bool _isRefused;
    private bool _isTelling;

    /// <summary>Whether a server has got one of the requests.</summary>
    public bool WasForwarded { get; private set; }

    /// <summary>Bytes that the servers have taken, and the client.</summary>
    public (long Up, long Down) Bytes => (_bytesUp + _exchange.BytesUp, _bytesDown + _exchange.BytesDown);

    /// <summary>The same of the last request alone.</summary>
    public (long Up, long Down) RequestBytes => (_exchange.BytesUp, _exchange.BytesDown);

    private ISocket Client => connection.Client;

    /// <summary>Serves every request that comes. Null: the last became a tunnel, to what <see cref="Detach"/> gives; else <see cref="EndAsync"/> takes it.</summary>
    /// <param name="hello">The ClientHello of TLS that ends here; null: the client speaks none.</param>
    /// <param name="secured">The route that that was for.</param>
    public ValueTask<ConnectionEnd?> RunAsync(FirstFlight? hello, RouteMatch secured)
    {
        (_hello, _secured, _bytesUp, _bytesDown, WasForwarded) = (hello, secured, 0, 0, false);
        _isRefused = false;
        return ServeAllAsync();
    }

    /// <summary>After the last request: has the client take its answer, or tells it why there is none, or resets it.</summary>
    /// <param name="end">What <see cref="RunAsync"/> came to.</param>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public async ValueTask<ConnectionEnd> EndAsync(ConnectionEnd end)
    {
        if (end is ConnectionEnd.Completed)
        {
            if (!_exchange.KeepsClient) await LingerAsync().ConfigureAwait(false);
            return end;
        }
        if (_exchange.HasBegun) connection.Report.Failed(connection, _exchange, _exchange.Status);
        if (_exchange.HasBegun || !await TellAsync(end).ConfigureAwait(false)) await AbortAsync().ConfigureAwait(false);
        return end;
    }

    /// <summary>Gives away what the tunnel leads to.</summary>
    /// <param name="flow">Where it is counted as begun.</param>
    public DialResult Detach(out FlowTally flow)
    {
        flow = _server!.Flow;
        connection.Report.Tunnelled(connection, _exchange, flow);
        var dial = _server.Detach();
        _server = null;
        return dial;
    }

    /// <summary>Gives back all that it holds.</summary>
    public void End()
    {
        _loans.ReturnFlights();
        _loans.ReturnOpening();
        _loans.ReturnAnswer();
        ReturnRequest();
        if (_server is not null) _servers.Close(_server);
        _servers.CloseAll();
        (_server, _hello, _named, _match, _secured) = (null, null, null, default, default);
    }

    /// <summary>The time is up that an exchange may be silent for, or a client that was answered.</summary>
    public void TimeUp(ref StageTimer timer)
    {
        if (connection.Stage == ConnectionStage.Exchanging)
        {
            if (_exchange.TimeLeft is var left && left > TimeSpan.Zero) timer.Set(left);
            else _exchange.GiveUp();
        }
        else if (!timer.IsEarly())
        {
            // What is still to come of a request that is answered may take as long as it moves.
            if (!_isRefused && !_exchange.IsSent && _exchange.TimeLeft is var left && left > TimeSpan.Zero) timer.Set(left);
            else EndRest();
        }
    }

    /// <summary>The connection is to end with the answer that is awaited, or at once if none is.</summary>
    public void EndSoon()
    {
        if (connection.Stage == ConnectionStage.Resting && _exchange.IsSent && !_isTelling) EndRest();
        else _exchange.MakeLast();
    }

    /// <summary>Resets whatever is in progress. The client was aborted already.</summary>
    public void Cut(ConnectionEnd why)
    {
        _exchange.Cut(why);
        _server?.Socket.Abort();
    }

    /// <summary>Ends the exchange that is in progress if it is with <paramref name="server"/>, and closes the connection that is kept to it.</summary>
    public void CutTo(ServerState server, ConnectionEnd why)
    {
        _servers.CloseTo(server);
        if (ReferenceEquals(_server?.Server.State, server)) Cut(why);
    }

    private void EndRest()
    {
        if (_exchange.IsSent && !_isTelling) Client.Input.CancelPendingRead();
        else AbortBoth();
    }

    private void AbortBoth()
    {
        Client.Abort();
        _server?.Socket.Abort();
    }

    /// <summary>Resets both sides, and has what still runs come to its end.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<NextRequest> AbortAsync()
    {
        AbortBoth();
        return _exchange.HasNext ? await _exchange.NextAsync().ConfigureAwait(false) : NextRequest.Gone;
    }

    /// <summary>Serves requests. Null: the last became a tunnel; Completed: it was answered; else why it was not.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<ConnectionEnd?> ServeAllAsync()
    {
        while (true)
        {
            _exchange.Begin(Client, connection.Rules.SpliceLimits, connection.Rules.PeekBytes);
            var answer = await _loans.RentFlight().PeekRequestAsync(connection).ConfigureAwait(false);
            if (parts.IsDraining || !connection.HasCurrentRules) _exchange.MakeLast();
            if (Understand(answer) is { } refused) return refused;
            if (!TryTakeServer() && await DialAsync().ConfigureAwait(false) is { } lost) return lost;

            Ask();
            var end = await _exchange.RunAsync(_server!, _request!).ConfigureAwait(false);
            if (end == ConnectionEnd.NoAnswer && _server!.IsUsed && _request!.MayRepeat) end = await RepeatAsync().ConfigureAwait(false);
            ReturnRequest();
            if (end is not null || _exchange.IsTunnel) return end;

            EndRequest();
            if (!_exchange.KeepsClient) return ConnectionEnd.Completed;
            Rest();
            var next = await _exchange.NextAsync().ConfigureAwait(false);
            if (next is NextRequest.Unfinished) await connection.RefuseAsync(default).ConfigureAwait(false);
            if (next is not NextRequest.Begun) return ConnectionEnd.Completed;
            if (_server is not null) EndServer();
            if (connection.BeginRequest(mayRenew: _hello is null)) _servers.CloseAll();
        }
    }

    /// <summary>Reads and routes what was peeked, and takes it out of what was received. Why it is refused, or null.</summary>
    private ConnectionEnd? Understand(PeekAnswer answer)
    {
        connection.Stage = ConnectionStage.Dialling;
        connection.Report.Peeked(connection, _loans.Flight);
        if (answer is PeekAnswer.NotMine or PeekAnswer.NotAccepted) return ConnectionEnd.Malformed;
        return RefusalReason.Of(answer, Protocols.Http) ?? ReadHead() ?? Route(answer) ?? TakeRequest();
    }

    /// <summary>Asks once more, on a connection that is new.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<ConnectionEnd?> RepeatAsync()
    {
        _servers.Close(_server!);
        _server = null;
        if (await DialAsync().ConfigureAwait(false) is { } lost) return lost;
        Ask();
        return await _exchange.RunAsync(_server!, _request!).ConfigureAwait(false);
    }

    /// <summary>Finds where the request goes, or why it is refused.</summary>
    private ConnectionEnd? Route(PeekAnswer answer)
    {
        var flight = _loans.Flight!;
        if (connection.TryAdmitRequest() is { } barred) return barred;
        var lost = _hello is null
            ? RouteChoice.Find(connection, flight, answer, connection.Report.Entry, out _match, out _named)
            : RouteChoice.FindInside(connection, _hello, flight, _secured, out _match, out _named);
        if (lost is not null) return lost;
        return connection.TryEnter(_match.Route) ? null : ConnectionEnd.RouteLimit;
    }

    /// <summary>Reads the head once more, strictly, and leaves it where it is. Why it is malformed, or null.</summary>
    private ConnectionEnd? ReadHead()
    {
        _request ??= parts.Requests.Rent();
        Client.Input.TryRead(out var read);
        var isFound = _request.ReadHead(read.Buffer, connection.Rules.PeekBytes);
        if (isFound) connection.Report.Asked(read.Buffer, _request.Head);
        else connection.Report.Unfit(_request.Head.Reason);
        Client.Input.AdvanceTo(read.Buffer.Start);
        return isFound ? null : ConnectionEnd.Malformed;
    }

    /// <summary>Takes the head out of what was received, and what came with it of the body. Why that is malformed, or null.</summary>
    private ConnectionEnd? TakeRequest()
    {
        Client.Input.TryRead(out var read);
        var answer = _request!.Take(read.Buffer, ForwardedFields(), out var taken);
        Client.Input.AdvanceTo(read.Buffer.GetPosition(taken));
        _loans.Flight!.ReleaseMemory();
        if (answer is not BodyAnswer.Malformed) return null;
        connection.Report.Unfit(_request.Body.Reason);
        return ConnectionEnd.Malformed;
    }

    /// <summary>What the server is told of the client.</summary>
    private ForwardedFields ForwardedFields()
    {
        var style = connection.Rules.Forwarded;
        if (style is ForwardedStyle.Off) return default;
        var isTrusted = connection.Rules.TrustedProxies?.Trusts(Client.RemoteEndPoint) is true;
        return new ForwardedFields(style, isTrusted, (connection.ClientAddress as IPEndPoint)?.Address, Client is TlsSocket);
    }

    private void ReturnRequest()
    {
        if (_request is null) return;
        _request.End();
        parts.Requests.Return(_request);
        _request = null;
    }

    private bool TryTakeServer()
    {
        var backend = connection.Rules.Backends[_match.Backend];
        connection.Report.Dialling(connection, _match, backend);
        _server = _servers.TryTake(_match.Route, backend, _named);
        if (_server is null) return false;
        connection.Report.Kept(connection, _server.Socket);
        return true;
    }

    private void Ask()
    {
        connection.Stage = ConnectionStage.Exchanging;
        connection.SetTimer(_exchange.TimeLeft);
    }

    /// <summary>Reaches a server: null, or why there is none.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<ConnectionEnd?> DialAsync()
    {
        var backend = connection.Rules.Backends[_match.Backend];
        connection.Stage = ConnectionStage.Dialling;
        var since = connection.Age;
        OpeningChoice.Prepare(connection, backend, _hello, ref _loans);
        var dial = await parts.Dialer.DialAsync(new DialRequest(
            backend, _named, connection.Rules.ConnectTimeout, backend.AsksForClient ? connection.ClientAddress : null,
            Input: null, _loans.Opening, _exchange.HasNext ? null : Client)).ConfigureAwait(false);
        _loans.ReturnOpening();
        connection.Report.Dialled(connection, backend, dial, connection.Age - since);
        if (dial.Socket is null) return RefusalReason.Of(dial.End);
        if ((connection.CutFor ?? Connection.Unfit(backend, dial.Server!)) is { } why)
        {
            dial.Dispose();
            return why;
        }

        WasForwarded = true;
        _server = _servers.Rent();
        _server.Begin(dial, _match.Route, backend, _named, connection.Report.Forwarded(connection, _match, dial.Server!));
        return null;
    }

    /// <summary>The client has its answer.</summary>
    private void EndRequest()
    {
        _loans.ReturnFlights();
        connection.Report.Answered(connection, _exchange, _server!.Flow);
        (_bytesUp, _bytesDown) = Bytes;
        _exchange.ForgetBytes();
        // Until the server has the whole request, its connection is in use.
        if (_exchange is { IsSent: true, KeepsClient: true }) EndServer();
    }

    /// <summary>The server's connection waits for the next request, or is closed if it must not be used again.</summary>
    private void EndServer()
    {
        if (_exchange.KeepsServer) _servers.Keep(_server!);
        else _servers.Close(_server!);
        _server = null;
    }

    /// <summary>The client may be silent for a while.</summary>
    private void Rest()
    {
        connection.Stage = ConnectionStage.Resting;
        connection.SetTimer(_exchange.IsSent ? connection.Rules.KeepAlive : _exchange.TimeLeft);
        if (parts.IsDraining && _exchange is { IsSent: true, IsNextThere: false }) EndRest();
    }

    /// <summary>Tells the client why it is not answered, and gives it a moment to read that. False: there is nothing to tell.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<bool> TellAsync(ConnectionEnd why)
    {
        connection.End = why;
        _isRefused = true;
        connection.Report.Unfit(_exchange.Reason);
        connection.Report.Failed(connection, _exchange, RefusalText.Of(why)?.Status ?? 0);
        var answer = AnswerChoice.Make(connection, parts, _match.Route, ref _loans, Protocols.Http);
        if (answer.IsEmpty) return false;
        // Who has not read the answers before may not take this one.
        _isTelling = true;
        connection.Stage = ConnectionStage.Resting;
        connection.SetTimer(Refusal.Grace);
        var error = await Client.SendAsync(new ReadOnlySequence<byte>(answer)).ConfigureAwait(false);
        _isTelling = false;
        if (error != SocketError.Success) return false;
        await LingerAsync().ConfigureAwait(false);
        return true;
    }

    /// <summary>
    /// Ends the client's side after the last answer, and stays until the client has ended its own or its grace is over: what it
    /// still sends would be met by a reset, which can overtake the answer.
    /// </summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<bool> LingerAsync()
    {
        connection.Stage = ConnectionStage.Resting;
        connection.SetTimer(_exchange.IsSent || _isRefused ? Refusal.Grace : _exchange.TimeLeft);
        Client.ShutdownSend();
        return await _exchange.NextAsync().ConfigureAwait(false) is NextRequest.Begun or NextRequest.Unfinished
            && await connection.RefuseAsync(default).ConfigureAwait(false);
    }
}
