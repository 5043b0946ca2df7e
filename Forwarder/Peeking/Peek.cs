using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace SniForward.Peeking;

/// <summary>
/// The peek of one connection, and when that has ended, of the next: reads until the first bytes tell the protocol
/// and the name, and leaves every byte in place. It is the source of its own answer, so that not even waiting for a
/// client allocates.
/// </summary>
internal sealed class Peek : IValueTaskSource<PeekAnswer>
{
    private static readonly PipeReader NoInput = PipeReader.Create(ReadOnlySequence<byte>.Empty);

    private readonly PeekBudget _budget;
    private readonly Action _resume;
    private ManualResetValueTaskSourceCore<PeekAnswer> _decided;
    private ConfiguredValueTaskAwaitable<ReadResult>.ConfiguredValueTaskAwaiter _read;
    private PipeReader _input = NoInput;
    private Protocols _accepted;
    private int _maxBytes;
    private int _room = PeekBudget.Free;
    private int _consumed;
    private Parser _parser;
    private ClientHello _hello;
    private Http2Preface _preface;
    private HttpHead _head;
    private PeekResult _result;
    private ProxyHeaderResult _proxy;

    /// <param name="budget">Where large flights take their memory from.</param>
    public Peek(PeekBudget budget) => (_budget, _resume) = (budget, Resume);

    /// <summary>In the order in which the bytes are tried: what one finds not to be its own is for the next.</summary>
    private enum Parser
    {
        ProxyHeader,
        ClientHello,
        PostgresStart,
        SshBanner,
        Http2Preface,
        HttpHead,
    }

    /// <summary>What the last peek found. A name is in it only if the answer was Found, a reason only if it was Malformed.</summary>
    public ref readonly PeekResult Result => ref _result;

    /// <summary>What <see cref="ReadProxyHeaderAsync"/> found, if it answered Found.</summary>
    public ref readonly ProxyHeaderResult Proxy => ref _proxy;

    /// <summary>
    /// Reads a PROXY header, and consumes it if it answers Found. NotMine: there is none, and nothing was consumed.
    /// Otherwise as <see cref="RunAsync"/>, which comes after it.
    /// </summary>
    public ValueTask<PeekAnswer> ReadProxyHeaderAsync(PipeReader input, int maxBytes)
    {
        _proxy = default;
        return StartAsync(Parser.ProxyHeader, input, Protocols.None, maxBytes);
    }

    /// <summary>
    /// Reads <paramref name="input"/> until it is decided, and consumes nothing but a request that is to be answered
    /// first. Its deadline is the caller's, who ends it by <see cref="PipeReader.CancelPendingRead"/>. One peek at a
    /// time; the answer is awaited once.
    /// </summary>
    /// <param name="input">The client's bytes from the first.</param>
    /// <param name="accepted">What the listener accepts.</param>
    /// <param name="maxBytes">The most bytes that the first flight may take.</param>
    public ValueTask<PeekAnswer> RunAsync(PipeReader input, Protocols accepted, int maxBytes)
    {
        _hello = default;
        _preface = default;
        _head = default;
        return StartAsync(Parser.ClientHello, input, accepted, maxBytes);
    }

    /// <summary>Gives back what the connection's flight has taken of the budget: its bytes are held for the peek no longer.</summary>
    public void Release()
    {
        if (_room > PeekBudget.Free) _budget.Give(_room - PeekBudget.Free);
        (_room, _consumed) = (PeekBudget.Free, 0);
    }

    private ValueTask<PeekAnswer> StartAsync(Parser first, PipeReader input, Protocols accepted, int maxBytes)
    {
        _decided.Reset();
        _parser = first;
        _input = input;
        _accepted = accepted;
        _maxBytes = maxBytes;
        _result = default;

        var answer = Run(isReading: false);
        return answer is PeekAnswer.NeedMore ? new ValueTask<PeekAnswer>(this, _decided.Version) : new ValueTask<PeekAnswer>(answer);
    }

    /// <summary>Reads until it is decided. NeedMore: a read is pending, and will resume this.</summary>
    private PeekAnswer Run(bool isReading)
    {
        try
        {
            while (true)
            {
                if (!isReading) _read = AwaiterOf(_input.ReadAsync());
                isReading = false;
                if (!_read.IsCompleted)
                {
                    // Nothing may be touched after this: another thread may be in Resume already.
                    _read.UnsafeOnCompleted(_resume);
                    return PeekAnswer.NeedMore;
                }

                var answer = Take(_read.GetResult());
                if (answer is not PeekAnswer.NeedMore) return Decide(answer);
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            return Decide(PeekAnswer.Reset);
        }
    }

    private void Resume()
    {
        PeekAnswer answer;
        try
        {
            answer = Run(isReading: true);
        }
        catch (Exception exception)
        {
            _decided.SetException(exception);
            return;
        }

        if (answer is not PeekAnswer.NeedMore) _decided.SetResult(answer);
    }

    private static ConfiguredValueTaskAwaitable<ReadResult>.ConfiguredValueTaskAwaiter AwaiterOf(ValueTask<ReadResult> read) =>
        read.ConfigureAwait(false).GetAwaiter();

    private PeekAnswer Take(ReadResult read)
    {
        var received = read.Buffer;
        _result.Length = received.Length;

        var answer = read.IsCanceled ? PeekAnswer.TimedOut : Parse(received);
        if (answer is PeekAnswer.NeedMore && received.Length >= _maxBytes) answer = PeekAnswer.TooLarge;
        if (answer is PeekAnswer.NeedMore && read.IsCompleted) answer = PeekAnswer.Ended;
        if (answer is PeekAnswer.NeedMore && !TryMakeRoom(received.Length)) answer = PeekAnswer.NoMemory;

        // Examined to the end, the next read waits for more; examined nowhere, it answers at once with the same bytes.
        var length = Consumed(answer);
        var consumed = received.GetPosition(length);
        _consumed += length;
        _input.AdvanceTo(consumed, answer is PeekAnswer.NeedMore ? received.End : consumed);
        return answer;
    }

    /// <summary>Takes of the budget what the buffers will grow by, if they are full; what was consumed may still lie in them.</summary>
    private bool TryMakeRoom(long received)
    {
        if (_consumed + received < _room) return true;
        var room = PeekBudget.Grow(_room, _consumed + received);
        if (!_budget.TryTake(room - _room)) return false;
        _room = room;
        return true;
    }

    /// <summary>How many bytes are not for the server as they stand.</summary>
    private int Consumed(PeekAnswer answer) => answer switch
    {
        PeekAnswer.AwaitsAnswer => PostgresStart.RequestLength,
        PeekAnswer.Found when _parser is Parser.ProxyHeader => _proxy.Length,
        _ => 0,
    };

    private PeekAnswer Parse(in ReadOnlySequence<byte> received)
    {
        var answer = Read(received);
        while (answer is PeekAnswer.NotMine && _parser is not (Parser.ProxyHeader or Parser.HttpHead))
        {
            _parser++;
            answer = Read(received);
        }

        if (_result.Protocol is Protocols.None || (_accepted & _result.Protocol) != 0) return answer;
        return (_accepted & Protocols.Any) != 0 ? PeekAnswer.NotMine : PeekAnswer.NotAccepted;
    }

    private PeekAnswer Read(in ReadOnlySequence<byte> received) => _parser switch
    {
        Parser.ProxyHeader => ProxyHeader.Read(received, _maxBytes, ref _proxy),
        Parser.ClientHello => _hello.Read(received, _maxBytes, ref _result),
        // Its first bytes are those of many protocols, so that it is looked for only where it is expected.
        Parser.PostgresStart when (_accepted & Protocols.Postgres) != 0 => PostgresStart.Read(received, ref _result),
        Parser.PostgresStart => PeekAnswer.NotMine,
        Parser.SshBanner => SshBanner.Read(received, ref _result),
        Parser.Http2Preface => _preface.Read(received, _maxBytes, ref _result),
        _ => _head.Read(received, _maxBytes, ref _result),
    };

    private PeekAnswer Decide(PeekAnswer answer)
    {
        _input = NoInput;
        _read = default;

        // What was read before the peek failed must not be taken for a finding.
        if (answer is not (PeekAnswer.Found or PeekAnswer.NoName or PeekAnswer.AwaitsAnswer or PeekAnswer.Malformed))
        {
            _result = new PeekResult
            {
                Protocol = _result.Protocol,
                Length = _result.Length,
                IsHead = _result.IsHead,
                StreamId = _result.StreamId,
                AwaitsServer = _result.AwaitsServer,
            };
        }

        // Cut short before it was certain, what no other parser claims can still only have been HTTP, and is told so.
        if (answer is (PeekAnswer.TimedOut or PeekAnswer.Ended or PeekAnswer.NoMemory) && _parser >= Parser.SshBanner && _result.Length > 0 && _result.Protocol is Protocols.None)
            _result.Protocol = Protocols.Http & _accepted;
        if (_parser is Parser.ProxyHeader) _result.Reason = _proxy.Reason;
        return answer;
    }

    PeekAnswer IValueTaskSource<PeekAnswer>.GetResult(short token) => _decided.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<PeekAnswer>.GetStatus(short token) => _decided.GetStatus(token);

    void IValueTaskSource<PeekAnswer>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _decided.OnCompleted(continuation, state, token, flags);
}
