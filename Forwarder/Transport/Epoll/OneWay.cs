namespace SniForward.Transport.Epoll;

/// <summary>
/// Moves the bytes of one socket to another. It copies them, a buffer at a time, which is cheapest for messages; when a
/// read fills the buffer it takes them for bulk and moves them by splice(2) through a pipe, without a copy, until the
/// source has nothing more at once. It holds a buffer or a pipe only while bytes are in it. What may not pass yet it leaves
/// unread.
/// </summary>
internal sealed class OneWay(EpollSocket source) : IWaiter
{
    /// <summary>How much may move, in bytes, before others on the same thread have a turn.</summary>
    private const int Turn = 1024 * 1024;

    /// <summary>
    /// The same while there is nothing but bulk: what one connection has in the kernel stays in the processor's caches,
    /// which is worth a third of the work when there are several.
    /// </summary>
    private const int LongTurn = 8 * 1024 * 1024;

    private EpollSocket? _sink;
    private IMoveObserver? _observer;
    private byte[]? _buffer;
    private Pipe? _pipe;
    private Pacer? _pacer;
    private int _start;
    private int _held;
    private int _burst;
    private long _left;
    private bool _isBulk;
    private bool _isQueued;

    private Reactor Reactor => source.Reactor;

    /// <summary>Whether it waits, not for its source: for its sink to take bytes, or for when more may pass.</summary>
    public bool IsStalled => (_held > 0 || _pacer is { IsWaiting: true }) && !_isQueued;

    /// <summary>Begins, with what <paramref name="input"/> has left.</summary>
    public void Start(EpollSocket sink, IMoveObserver observer, long bytesPerSecond, long most, EpollInput? input)
    {
        (_sink, _observer, _isBulk, _burst, _left) = (sink, observer, false, 0, most);
        if (bytesPerSecond > 0) _pacer = Pacer.Rent(Reactor, bytesPerSecond);
        if (input is not null)
        {
            (_buffer, _start, _held) = input.TakeRest();
            _left -= _held;
            input.Return();
        }
        Run();
    }

    /// <summary>Goes on after the others had their turn, if it still has something to do.</summary>
    public void RunQueued()
    {
        _isQueued = false;
        if (_sink is not null) Run();
    }

    public void Ready()
    {
        // Ended, it was still waiting for its sink.
        if (_sink is null) return;
        // Bulk waits for its turn, so that no message has to wait for more than one.
        if (_isBulk) Queue();
        else Run();
    }

    public void Aborted() => Finish(MoveEnd.Aborted);

    /// <summary>The source was aborted on this side.</summary>
    public void Abort() => Finish(MoveEnd.Aborted);

    /// <summary>The source was reset by its peer.</summary>
    public void SourceReset()
    {
        if (_sink is not null && Libc.PendingError(source.Fd) != 0) Finish(MoveEnd.SourceFailed);
    }

    private void Run()
    {
        for (var left = Reactor.HasMessages ? Turn : LongTurn; left > 0;)
        {
            var moved = _held > 0 ? Deliver() : source.IsReadable || _left == 0 ? Take() : Rest();
            if (moved < 0) return;
            left -= moved;
        }
        Queue();
    }

    private void Queue()
    {
        if (_isQueued) return;
        _isQueued = true;
        Reactor.RunSoon(this);
    }

    /// <summary>Sends what is held. How much was sent; -1: nothing more can be done now.</summary>
    private int Deliver()
    {
        var sent = _pipe is not null ? _sink!.SendFrom(_pipe, _held) : _sink!.Send(_buffer.AsSpan(_start, _held));
        if (sent < 0 && sent != -Errno.EAGAIN) return Fail(sent, MoveEnd.SinkFailed);
        if (sent > 0) Count(sent);
        if (_held == 0)
        {
            ReturnBuffer();
            return sent;
        }
        // Only a pipe's bytes may go in part while there is room for more.
        if (_pipe is not null && sent > 0) return sent;
        _sink.WaitWritable(this);
        return -1;
    }

    /// <summary>Reads, and sends at once what was copied. How much was moved; -1: nothing more can be done now.</summary>
    private int Take()
    {
        if (_left == 0) return Finish(MoveEnd.LimitReached);
        var allowed = _pacer?.Allowance() ?? int.MaxValue;
        if (allowed == 0) return HoldBack(_pacer!);
        allowed = (int)Math.Min(allowed, _left);
        if (_isBulk && (_pipe ??= Reactor.Pipes.Rent()) is { } pipe) return TakeIntoPipe(pipe, Math.Min(pipe.Size, allowed));

        var room = Math.Min(Reactor.BufferSize, allowed);
        var received = source.Receive(Reactor.Scratch.AsSpan(0, room));
        if (received == -Errno.EAGAIN) return 0;
        if (received < 0) return Fail(received, MoveEnd.SourceFailed);
        if (received == 0) return Finish(MoveEnd.SourceEnded);

        Took(received);
        _isBulk = received == room;
        if (!_isBulk) Reactor.NoteMessage();
        var sent = _sink!.Send(Reactor.Scratch.AsSpan(0, received));
        if (sent < 0 && sent != -Errno.EAGAIN) return Fail(sent, MoveEnd.SinkFailed);
        (_start, _held) = (0, received);
        if (sent > 0) Count(sent);
        if (_held == 0) return sent;

        // What was not taken stays where it is, and the next read lands elsewhere.
        _buffer = Reactor.Scratch;
        Reactor.Scratch = Reactor.Buffers.Rent(Reactor.BufferSize);
        _sink.WaitWritable(this);
        return -1;
    }

    private int TakeIntoPipe(Pipe pipe, int count)
    {
        var received = source.ReceiveInto(pipe, count);
        switch (received)
        {
            case > 0:
                Took(received);
                _held = received;
                return 0;
            case 0:
                return Finish(MoveEnd.SourceEnded);
            case -Errno.EAGAIN:
                source.MarkDrained();
                return 0;
            // This kind of socket cannot be spliced.
            case -Errno.EINVAL:
                ReturnPipe();
                _isBulk = false;
                return 0;
            default:
                return Fail(received, MoveEnd.SourceFailed);
        }
    }

    private void Took(int received)
    {
        _pacer?.Take(received);
        _left -= received;
    }

    /// <summary>Gives back what it holds nothing in, and waits for the source.</summary>
    private int Rest()
    {
        ReturnPipe();
        // What came in bulk once is likely to come so again: then not even its first part is copied.
        _isBulk = _burst >= Reactor.BufferSize;
        _burst = 0;
        source.Resume();
        source.WaitReadable(this);
        return -1;
    }

    /// <summary>Gives back what it holds nothing in, and waits until more may pass.</summary>
    private int HoldBack(Pacer pacer)
    {
        ReturnPipe();
        source.Pause();
        pacer.Wait(this);
        return -1;
    }

    private void Count(int sent)
    {
        _start += sent;
        _held -= sent;
        _burst = (int)Math.Min(int.MaxValue, (long)_burst + sent);
        _observer!.Moved(source, sent);
    }

    private int Fail(int error, MoveEnd end) => Finish(error == -Errno.EBADF ? MoveEnd.Aborted : end);

    private int Finish(MoveEnd end)
    {
        if (_observer is not { } observer) return -1;
        (_sink, _observer) = (null, null);
        _pacer?.Return();
        _pacer = null;
        if (_pipe is not null && _held > 0)
        {
            Reactor.Pipes.Discard(_pipe);
            _pipe = null;
        }
        ReturnPipe();
        ReturnBuffer();
        _held = 0;
        // Whose source may be read on by other means.
        if (end is MoveEnd.LimitReached or MoveEnd.SinkFailed) source.Resume();
        observer.Ended(source, end);
        return -1;
    }

    private void ReturnPipe()
    {
        if (_pipe is not null) Reactor.Pipes.Return(_pipe);
        _pipe = null;
    }

    private void ReturnBuffer()
    {
        if (_buffer is not null) Reactor.Buffers.Return(_buffer);
        _buffer = null;
    }
}
