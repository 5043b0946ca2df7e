using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace SniForward.Transport.Epoll;

/// <summary>
/// What a socket receives, for peeking, in one buffer that grows with what has come, and that is not there while nothing
/// is. When its socket goes on without it, the object serves another.
/// </summary>
internal sealed class EpollInput : PipeReader, IWaiter, IValueTaskSource<ReadResult>
{
    private ManualResetValueTaskSourceCore<ReadResult> _read;
    private EpollSocket _socket = null!;
    private ReadOnlySequence<byte> _unread;
    private byte[]? _buffer;
    private int _start;
    private int _end;
    private int _examined;
    private int _size;
    private bool _isWaiting;
    private bool _isCanceled;
    private bool _isCompleted;

    private EpollInput()
    {
    }

    public static EpollInput Rent(EpollSocket socket)
    {
        if (!socket.Reactor.IdleInputs.TryPop(out var input)) input = new EpollInput();
        input._socket = socket;
        (input._start, input._end, input._examined, input._size) = (0, 0, 0, BufferPool.SmallestSize);
        (input._isWaiting, input._isCanceled, input._isCompleted) = (false, false, false);
        return input;
    }

    /// <summary>Gives the object and its buffer back.</summary>
    public void Return()
    {
        DropBuffer();
        _unread = default;
        _socket.Reactor.IdleInputs.Push(this);
    }

    /// <summary>Hands over what was received and not consumed, and the buffer it is in; null if nothing was.</summary>
    public (byte[]? Buffer, int Start, int Length) TakeRest()
    {
        if (_start == _end) return default;
        var rest = (_buffer, _start, _end - _start);
        _buffer = null;
        return rest;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            if (TryRead(out var result) || (MayHaveMore && TryReceive(out result))) return new ValueTask<ReadResult>(result);
        }
        catch (IOException e)
        {
            return ValueTask.FromException<ReadResult>(e);
        }
        _read.Reset();
        _isWaiting = true;
        _socket.WaitReadable(this);
        return new ValueTask<ReadResult>(this, _read.Version);
    }

    public override bool TryRead(out ReadResult result)
    {
        if (_isCanceled || _isCompleted || _examined < _end)
        {
            result = Result();
            return true;
        }
        result = default;
        return false;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        _examined = _end - (int)_unread.Slice(examined).Length;
        _start = _end - (int)_unread.Slice(consumed).Length;
        if (_start == _end) DropBuffer();
    }

    public override void CancelPendingRead()
    {
        _isCanceled = true;
        if (!_isWaiting) return;
        _socket.StopWaiting();
        Answer(Result());
    }

    public override void Complete(Exception? exception = null)
    {
        // The socket gives it back.
    }

    public void Ready()
    {
        ReadResult result;
        try
        {
            if (!TryReceive(out result))
            {
                _socket.WaitReadable(this);
                return;
            }
        }
        catch (IOException e)
        {
            Fail(e);
            return;
        }
        Answer(result);
    }

    public void Aborted() => Fail(new IOException("The connection was aborted on this side.", new SocketException((int)SocketError.OperationAborted)));

    /// <summary>What came short has emptied the socket, but of bulk more has often come since.</summary>
    private bool MayHaveMore => _socket.IsReadable || _size > BufferPool.SmallestSize;

    private bool TryReceive(out ReadResult result)
    {
        MakeRoom();
        var room = _buffer!.Length - _end;
        var received = _socket.Receive(_buffer.AsSpan(_end));
        if (received > 0) Count(received, room);
        else if (_start == _end) DropBuffer();
        if (received is < 0 and not -Errno.EAGAIN) throw new IOException("The connection failed.", new SocketException((int)Errno.ToSocketError(-received)));

        _isCompleted = received == 0;
        result = received >= 0 ? Result() : default;
        return received >= 0;
    }

    private void Count(int received, int room)
    {
        _end += received;
        // When all was consumed, the next buffer is as large as what comes at once asks for.
        if (received == room) _size = Math.Min(_buffer!.Length * BufferPool.Step, BufferPool.LargestSize);
        else if (received <= _buffer!.Length / BufferPool.Step) _size = Math.Max(_buffer.Length / BufferPool.Step, BufferPool.SmallestSize);
    }

    private void MakeRoom()
    {
        var pool = _socket.Reactor.Buffers;
        if (_buffer is null)
        {
            _buffer = pool.Rent(_size);
            (_start, _end, _examined) = (0, 0, 0);
        }
        if (_end < _buffer.Length) return;

        var unread = _buffer.AsSpan(_start, _end - _start);
        // Full of what is not consumed, it grows; a peek never has more than the largest.
        var larger = pool.Rent(Math.Min(_buffer.Length * BufferPool.Step, BufferPool.LargestSize));
        unread.CopyTo(larger);
        pool.Return(_buffer);
        _buffer = larger;
        (_start, _end, _examined) = (0, unread.Length, unread.Length);
    }

    private ReadResult Result()
    {
        _unread = _buffer is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(_buffer, _start, _end - _start);
        var isCanceled = _isCanceled;
        _isCanceled = false;
        return new ReadResult(_unread, isCanceled, _isCompleted);
    }

    private void Answer(ReadResult result)
    {
        _isWaiting = false;
        _read.SetResult(result);
    }

    private void Fail(IOException exception)
    {
        _isWaiting = false;
        _read.SetException(exception);
    }

    private void DropBuffer()
    {
        if (_buffer is not null) _socket.Reactor.Buffers.Return(_buffer);
        _buffer = null;
        (_start, _end, _examined) = (0, 0, 0);
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token) => _read.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _read.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _read.OnCompleted(continuation, state, token, flags);
}
