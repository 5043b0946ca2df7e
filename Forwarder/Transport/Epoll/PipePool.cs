namespace SniForward.Transport.Epoll;

/// <summary>
/// Empty pipes, as large as the kernel gives them. A user without privilege has a quota over all his pipes
/// (pipe-user-pages-soft, pipe(7)); beyond it they get smaller, and then are not worth having.
/// </summary>
/// <param name="most">How many may exist at once.</param>
internal sealed class PipePool(int most)
{
    private const int LargestSize = 1024 * 1024;

    /// <summary>Less than this, and copying costs no more.</summary>
    private const int SmallestSize = 64 * 1024;

    /// <summary>How many times none is asked for after the kernel refused one: asking costs more than a copy.</summary>
    private const int Patience = 256;

    private readonly Stack<Pipe> _idle = new();
    private int _refusals;

    /// <summary>How many exist.</summary>
    public int Open { get; private set; }

    /// <summary>How many of them are in use.</summary>
    public int Rented => Open - _idle.Count;

    /// <summary>An empty pipe; null if none can be had now.</summary>
    public Pipe? Rent()
    {
        if (_idle.TryPop(out var pipe)) return pipe;
        if (Open >= most || --_refusals > 0) return null;

        pipe = NewPipe();
        if (pipe is null) _refusals = Patience;
        else Open++;
        return pipe;
    }

    /// <summary>Takes back a pipe that is empty.</summary>
    public void Return(Pipe pipe) => _idle.Push(pipe);

    /// <summary>Closes a pipe that bytes are left in.</summary>
    public void Discard(Pipe pipe)
    {
        pipe.Close();
        Open--;
    }

    public void Close()
    {
        while (_idle.TryPop(out var pipe)) Discard(pipe);
    }

    private static Pipe? NewPipe()
    {
        if (Libc.NewPipe(out var readEnd, out var writeEnd) < 0) return null;
        var pipe = new Pipe(readEnd, writeEnd, Enlarge(writeEnd));
        if (pipe.Size >= SmallestSize) return pipe;
        pipe.Close();
        return null;
    }

    private static int Enlarge(int fd)
    {
        for (var size = LargestSize; size > SmallestSize; size /= 2)
        {
            if (Libc.SetPipeSize(fd, size) is var got and > 0) return got;
        }
        return Libc.PipeSize(fd);
    }
}
