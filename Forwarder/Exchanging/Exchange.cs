using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using SniForward.Framing;
using SniForward.Splicing;
using SniForward.Telemetry;
using SniForward.Transport;

namespace SniForward.Exchanging;

/// <summary>
/// One request and its answer, between a client and a server, and when it is over the next. The request's body and the answer
/// move at the same time; the answer decides when it is over. What is not HTTP, or could be understood in two ways, goes no
/// further: before the answer has begun the client can still be told, after that it is cut off.
/// </summary>
internal sealed class Exchange
{
    private readonly TimeProvider _time;
    private readonly Action _gone;
    private BodyRelay? _up;
    private BodyRelay? _down;
    private ArrayBufferWriter<byte>? _lastHead;
    private ISocket _client = null!;
    private ServerConnection? _server;
    private SpliceLimits _limits;
    private ValueTask<NextRequest> _next;
    private Request _request = null!;
    private ConnectionEnd? _cause;
    private long _lastMoved;
    private int _maxHead;
    private bool _isLast;
    private bool _hasAnswered;
    private bool _wasContinued;
    private bool _isSendingInterim;
    private bool _isWatching;

    /// <param name="time">The engine's clock.</param>
    public Exchange(TimeProvider time)
    {
        _time = time;
        _gone = () => Fail(ConnectionEnd.ClientReset);
    }

    /// <summary>Bytes of the request that the server has taken.</summary>
    public long BytesUp { get; private set; }

    /// <summary>Bytes of the answer that the client has taken.</summary>
    public long BytesDown { get; private set; }

    /// <summary>The status of the answer; 0 while there is none.</summary>
    public int Status { get; private set; }

    /// <summary>Since the head of the answer was whole.</summary>
    public TimeSpan SinceAnswer => _time.GetElapsedTime(AnsweredAt);

    /// <summary>When the head of the answer was whole, by the engine's clock; 0 while it is not.</summary>
    public long AnsweredAt { get; private set; }

    /// <summary>Whether the client has been sent a part of the answer, so that it can be told nothing else.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether the server has taken the whole request.</summary>
    public bool IsSent { get; private set; }

    /// <summary>Whether the connection to the server may be used again.</summary>
    public bool KeepsServer { get; private set; }

    /// <summary>Whether another request may follow.</summary>
    public bool KeepsClient { get; private set; }

    /// <summary>Whether both speak another protocol from here on.</summary>
    public bool IsTunnel { get; private set; }

    /// <summary>Whether what the client does next is awaited already.</summary>
    public bool HasNext { get; private set; }

    /// <summary>Why the request or the answer is malformed: a constant text; null otherwise.</summary>
    public string? Reason { get; private set; }

    /// <summary>Begins with the next request of a client.</summary>
    /// <param name="client">With no read pending.</param>
    /// <param name="limits">How long nothing may move, and how fast each body may.</param>
    /// <param name="maxHead">The largest head of an answer, in bytes.</param>
    public void Begin(ISocket client, in SpliceLimits limits, int maxHead)
    {
        (_client, _limits, _maxHead, _server) = (client, limits, maxHead, null);
        (BytesUp, BytesDown, Status, AnsweredAt) = (0, 0, 0, 0);
        (HasBegun, IsSent, KeepsServer, KeepsClient, IsTunnel) = (false, false, false, false, false);
        (HasNext, _isLast, _hasAnswered, _wasContinued, _isSendingInterim) = (false, false, false, false, false);
        (_cause, Reason) = (null, null);
        Volatile.Write(ref _lastMoved, _time.GetTimestamp());
    }

    /// <summary>The answer is to be the last of its connection.</summary>
    public void MakeLast() => _isLast = true;

    /// <summary>
    /// Sends <paramref name="request"/> and relays the answer. Null: the client has the whole of it, or <see cref="IsTunnel"/>; else why
    /// not. <see cref="ConnectionEnd.NoAnswer"/> to a request that may be repeated, on a connection that was used before: it
    /// may be called again with another. Never throws.
    /// </summary>
    public ValueTask<ConnectionEnd?> RunAsync(ServerConnection server, Request request)
    {
        // The client may have gone while the server was dialled.
        if (_cause is not null) return new ValueTask<ConnectionEnd?>(_cause);
        (_server, _request) = (server, request);
        var sending = server.Socket.SendAsync(new ReadOnlySequence<byte>(request.Bytes));
        return sending.IsCompletedSuccessfully ? AnswerAsync(server, sending.Result) : SendAndAnswerAsync(server, sending);
    }

    /// <summary>What the client does next. Once, when <see cref="RunAsync"/> has completed and nothing has become a tunnel.</summary>
    public ValueTask<NextRequest> NextAsync()
    {
        if (!HasNext) return AwaitAsync();
        HasNext = false;
        return _next;
    }

    /// <summary>Whether it is known already what the client does next.</summary>
    public bool IsNextThere => HasNext && _next.IsCompleted;

    /// <summary>How long it may still be that nothing moves; not above zero: too long.</summary>
    public TimeSpan TimeLeft => _limits.Idle - _time.GetElapsedTime(Volatile.Read(ref _lastMoved));

    /// <summary>Gives up an exchange in which nothing has moved for too long.</summary>
    public void GiveUp() => Fail(IsSent && !HasBegun ? ConnectionEnd.AnswerTimeout : ConnectionEnd.IdleTimeout);

    /// <summary>Resets both sides.</summary>
    public void Cut(ConnectionEnd why)
    {
        Fail(why);
        _client.Abort();
    }

    /// <summary>What has moved was counted elsewhere.</summary>
    public void ForgetBytes() => (BytesUp, BytesDown) = (0, 0);

    // Most requests and answers come whole with their heads.
    private BodyRelay Up => _up ??= new BodyRelay(_time, CountUp);

    private BodyRelay Down => _down ??= new BodyRelay(_time, CountDown);

    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<ConnectionEnd?> SendAndAnswerAsync(ServerConnection server, ValueTask<SocketError> sending) =>
        await AnswerAsync(server, await sending.ConfigureAwait(false)).ConfigureAwait(false);

    /// <summary>The server was sent the beginning of the request: has the rest follow, and then hears what the client does next.</summary>
    private void Follow(SocketError sent)
    {
        if (sent == SocketError.Success) CountUp(_request.Bytes.Length);
        IsSent = _request.IsWhole;
        var mayTunnel = _request.MayTunnel;
        if (mayTunnel && !_isWatching) WatchClient();
        if (HasNext || mayTunnel) return;
        HasNext = true;
#pragma warning disable CA2012 // It is awaited once, by whoever calls NextAsync.
        if (IsSent) _next = AwaitAsync();
        else if (sent == SocketError.Success) _next = FollowAsync(_request.Body);
        else _next = new ValueTask<NextRequest>(NextRequest.Unfinished);
#pragma warning restore CA2012
    }

    private void Fail(ConnectionEnd cause)
    {
        _cause ??= cause;
        _server?.Socket.Abort();
        // A client that cannot be told any more is reset; nothing less ends what it is being sent.
        if ((HasBegun && _server is not null) || _isSendingInterim) _client.Abort();
    }

    /// <summary>Relays what is to come of the request, and waits for what follows it.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<NextRequest> FollowAsync(BodyReader body)
    {
        switch (await Up.RunAsync(_client, _server!.Socket, body, _limits.UploadRate).ConfigureAwait(false))
        {
            case RelayEnd.Whole:
                IsSent = true;
                return _isLast && _server is null ? NextRequest.Cancelled : await AwaitAsync().ConfigureAwait(false);
            case RelayEnd.Malformed:
                Reason = Up.Reason;
                Fail(ConnectionEnd.Malformed);
                return NextRequest.Unfinished;
            // Its answer, if there is one, says why.
            case RelayEnd.SinkFailed:
                return NextRequest.Unfinished;
            case RelayEnd.SourceEnded:
                Fail(ConnectionEnd.ClientEndedEarly);
                return NextRequest.Ended;
            default:
                Fail(ConnectionEnd.ClientReset);
                return NextRequest.Gone;
        }
    }

    /// <summary>Waits for the client's next bytes, which stay where they are; one that resets meanwhile ends the exchange.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<NextRequest> AwaitAsync()
    {
        try
        {
            while (true)
            {
                var read = await _client.Input.ReadAsync(CancellationToken.None).ConfigureAwait(false);
                // RFC 9112 §2.2: some clients send an empty line behind a body.
                var rest = read.Buffer;
                while (rest.Length >= 2 && IsLineEnd(rest)) rest = rest.Slice(2);
                _client.Input.AdvanceTo(rest.Start);
                if (!rest.IsEmpty) return Begun();
                if (read.IsCanceled) return NextRequest.Cancelled;
                if (read.IsCompleted) return NextRequest.Ended;
            }
        }
        catch (IOException)
        {
            Fail(ConnectionEnd.ClientReset);
            return NextRequest.Gone;
        }
    }

    /// <summary>Another request has come before the answer to this one: from here on no read tells of a reset.</summary>
    private NextRequest Begun()
    {
        if (_server is not null) WatchClient();
        return NextRequest.Begun;
    }

    private void WatchClient()
    {
        _isWatching = true;
        _client.StartWatch(_gone, endCounts: false);
    }

    private static bool IsLineEnd(in ReadOnlySequence<byte> bytes)
    {
        Span<byte> first = stackalloc byte[2];
        bytes.Slice(0, 2).CopyTo(first);
        return first.SequenceEqual("\r\n"u8);
    }

    /// <summary>Relays the answer to a request whose beginning was sent.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<ConnectionEnd?> AnswerAsync(ServerConnection server, SocketError sent)
    {
        Follow(sent);
        ConnectionEnd? end;
        try
        {
            // Also after a failed send: a server may have said why it takes no more.
            var read = await server.ReadFirstAsync().ConfigureAwait(false);
            _request.BeginAnswer();
            while (!TryReadHead(server, read, out var isInterim, out end))
            {
                if (isInterim) end = await PassInterimAsync(server, read.Buffer.Slice(0, _request.Answer.Length)).ConfigureAwait(false);
                else server.Socket.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (end is not null) break;
                read = await server.Socket.Input.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            }
            end ??= await RelayAsync(server, read.Buffer).ConfigureAwait(false);
        }
        catch (IOException)
        {
            end = _hasAnswered ? ConnectionEnd.BadAnswer : ConnectionEnd.NoAnswer;
        }
        _server = null;
        if (_isWatching) _client.EndWatch();
        _isWatching = false;
        return end is null ? null : _cause ?? end;
    }

    /// <summary>Reads the head. False: more is needed, or another one follows it.</summary>
    /// <param name="server">Whose it is.</param>
    /// <param name="read">What has come of it.</param>
    /// <param name="isInterim">Whether it is one of 1xx, whole, and another one follows.</param>
    /// <param name="end">Why there is none; null if there is, or may be.</param>
    private bool TryReadHead(ServerConnection server, in ReadResult read, out bool isInterim, out ConnectionEnd? end)
    {
        end = null;
        _hasAnswered |= !read.Buffer.IsEmpty;
        ref var head = ref _request.Answer;
        var answer = head.Read(read.Buffer, _maxHead);
        isInterim = answer is HeadAnswer.Found && head.IsInterim;
        if (answer is HeadAnswer.Found) return !isInterim;
        if (answer is HeadAnswer.NeedMore && !read.IsCompleted) return false;

        Reason = answer is HeadAnswer.TooLarge ? "the head is too large" : head.Reason;
        server.Socket.Input.AdvanceTo(read.Buffer.End);
        end = _hasAnswered ? ConnectionEnd.BadAnswer : ConnectionEnd.NoAnswer;
        return true;
    }

    /// <summary>Passes an answer of 1xx on.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<ConnectionEnd?> PassInterimAsync(ServerConnection server, ReadOnlySequence<byte> interim)
    {
        // To a client of HTTP/1.0 it is nothing (RFC 9110 §15.2).
        var isPassed = !_request.Head.IsHttp10;
        _wasContinued |= isPassed && _request.Answer.Status == StatusLine.Continue;
        _isSendingInterim = true;
        var lost = !isPassed ? null : await SendAsync(interim).ConfigureAwait(false);
        _isSendingInterim = false;
        server.Socket.Input.AdvanceTo(interim.End);
        _request.BeginAnswer();
        return lost;
    }

    /// <summary>Relays an answer whose head was found.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<ConnectionEnd?> RelayAsync(ServerConnection server, ReadOnlySequence<byte> received)
    {
        var input = server.Socket.Input;
        var isTunnel = _request.Answer.Body.Kind is BodyKind.Tunnel;
        var body = new BodyReader(_request.Answer.Body);
        var taken = 0L;
        var isBroken = !isTunnel && BodyRelay.Take(ref body, received.Slice(_request.Answer.Length), out taken) is BodyAnswer.Malformed;
        if (isBroken || (isTunnel && !(_request.Answer.Status == StatusLine.SwitchingProtocols ? _request.WantsUpgrade : _request.MayTunnel)))
        {
            Reason = isBroken ? body.Reason : "it changes the protocol unasked";
            input.AdvanceTo(received.End);
            return ConnectionEnd.BadAnswer;
        }

        (Status, AnsweredAt, HasBegun) = (_request.Answer.Status, _time.GetTimestamp(), true);
        var part = received.Slice(0, _request.Answer.Length + taken);
        var lost = await SendHeadAsync(part, isTunnel).ConfigureAwait(false);
        input.AdvanceTo(part.End);
        if (lost is not null) return lost;
        if (isTunnel)
        {
            IsTunnel = true;
            return null;
        }

        if (!body.HasEnded)
        {
            switch (await Down.RunAsync(server.Socket, _client, body, _limits.DownloadRate).ConfigureAwait(false))
            {
                case RelayEnd.Whole:
                    break;
                case RelayEnd.SinkFailed:
                    return ConnectionEnd.ClientReset;
                case RelayEnd.Malformed:
                    Reason = Down.Reason;
                    return ConnectionEnd.BadAnswer;
                default:
                    return ConnectionEnd.ServerReset;
            }
        }

        // What comes behind an answer would be taken for that to the next request.
        var hasMore = input.TryRead(out var more);
        if (hasMore) input.AdvanceTo(more.Buffer.Start);
        // One that has answered before it had all of the request may never take the rest for that.
        KeepsServer = _request.Answer.KeepsAlive && !hasMore && IsSent;
        KeepsClient = _request.Head.KeepsAlive && _request.Answer.KeepsAlive && !_isLast && (IsSent || _wasContinued || !_request.Head.ExpectsContinue);
        return null;
    }

    /// <summary>Sends an answer's head as it is, or as that of a connection's last answer.</summary>
    private ValueTask<ConnectionEnd?> SendHeadAsync(in ReadOnlySequence<byte> part, bool isTunnel)
    {
        ref readonly var head = ref _request.Answer;
        if (!_isLast || isTunnel || !head.KeepsAlive) return SendAsync(part);
        _lastHead ??= new ArrayBufferWriter<byte>();
        _lastHead.ResetWrittenCount();
        HeadWriter.Write(part, head, HopConnection.Close, _lastHead);
        foreach (var segment in part.Slice(head.Length)) _lastHead.Write(segment.Span);
        return SendAsync(new ReadOnlySequence<byte>(_lastHead.WrittenMemory));
    }

    /// <summary>Sends to the client; why that failed, or null.</summary>
    private ValueTask<ConnectionEnd?> SendAsync(in ReadOnlySequence<byte> bytes)
    {
        var sending = _client.SendAsync(bytes);
        return sending.IsCompletedSuccessfully ? new ValueTask<ConnectionEnd?>(Sent(sending.Result, (int)bytes.Length)) : FinishAsync(sending, (int)bytes.Length);
    }

    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<ConnectionEnd?> FinishAsync(ValueTask<SocketError> sending, int length) => Sent(await sending.ConfigureAwait(false), length);

    private ConnectionEnd? Sent(SocketError error, int length)
    {
        if (error != SocketError.Success) return ConnectionEnd.ClientReset;
        CountDown(length);
        return null;
    }

    private void CountUp(int bytes)
    {
        BytesUp += bytes;
        _server?.Flow.CountUp(bytes);
        Volatile.Write(ref _lastMoved, _time.GetTimestamp());
    }

    private void CountDown(int bytes)
    {
        BytesDown += bytes;
        _server?.Flow.CountDown(bytes);
        Volatile.Write(ref _lastMoved, _time.GetTimestamp());
    }
}
