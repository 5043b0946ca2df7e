using System.Diagnostics;
using System.Net.Sockets;

namespace SniForward.Transport.Epoll;

/// <summary>
/// One thread and its epoll(7) instance. Everything that belongs to it, sockets, timers, buffers, pipes, is used on that
/// thread only, without a lock; what others want of it, they <see cref="Post"/>.
/// </summary>
internal sealed class Reactor : IDisposable
{
    /// <summary>The size of a read, in bytes; one that fills it is taken for bulk.</summary>
    public const int BufferSize = 64 * 1024;

    /// <summary>A quarter of a second, in ticks of the clock.</summary>
    private static readonly long MessageMemory = Stopwatch.Frequency / 4;

    private const int StackSize = 512 * 1024;

    private readonly int _epoll;
    private readonly Wakeup _wakeup;
    private readonly Thread _thread;
    private readonly Queue<OneWay> _soon = new();
    private readonly Queue<EpollSocket> _ending = new();
    private Watched?[] _watched = new Watched?[256];
    private uint _generation;
    private long _lastMessage;
    private long _loops;
    private volatile bool _stopping;

    /// <param name="name">The thread's.</param>
    /// <param name="maxPipes">How many pipes it may have open at once.</param>
    /// <exception cref="SocketException">No descriptor is left.</exception>
    public Reactor(string name, int maxPipes)
    {
        _epoll = Libc.EpollCreate();
        if (_epoll < 0) throw new SocketException((int)Errno.ToSocketError(-_epoll));
        _wakeup = new Wakeup();
        Watch(_wakeup, EpollEvents.In);
        Pipes = new PipePool(maxPipes);
        using var started = new ManualResetEventSlim();
        _thread = new Thread(() => Run(started), StackSize) { IsBackground = true, Name = name };
        _thread.Start();
        started.Wait();
    }

    public ReactorTime Time { get; private set; } = null!;

    public PipePool Pipes { get; }

    /// <summary>Buffers for bytes that are peeked, or that a sink has not taken yet.</summary>
    public BufferPool Buffers { get; } = new();

    public Stack<EpollSocket> IdleSockets { get; } = new();

    public Stack<EpollInput> IdleInputs { get; } = new();

    public Stack<Connecting> IdleConnecting { get; } = new();

    public Stack<Sending> IdleSending { get; } = new();

    public Stack<Pacer> IdlePacers { get; } = new();

    /// <summary>Where each read lands first: most are passed on before the next.</summary>
    public byte[] Scratch { get; set; } = BufferPool.NewBuffer(BufferSize);

    /// <summary>Whether messages, not only bulk, passed a moment ago.</summary>
    public bool HasMessages => Time.GetTimestamp() - _lastMessage < MessageMemory;

    /// <summary>How often it has looked at what has happened. May be asked from anywhere.</summary>
    public long Loops => Volatile.Read(ref _loops);

    /// <summary>A message passes.</summary>
    public void NoteMessage() => _lastMessage = Time.GetTimestamp();

    /// <summary>Runs <paramref name="callback"/> on the thread, soon. May be called from anywhere.</summary>
    public void Post(SendOrPostCallback callback, object? state) => _wakeup.Post(callback, state);

    /// <summary>Runs <paramref name="action"/> on the thread, and waits until it has.</summary>
    public void Invoke(Action action)
    {
        if (Time.IsOwnThread || !_thread.IsAlive)
        {
            action();
            return;
        }
        using var done = new ManualResetEventSlim();
        Post(
            _ =>
            {
                action();
                done.Set();
            },
            null);
        while (!done.Wait(TimeSpan.FromMilliseconds(100)))
        {
            // Stopped meanwhile, it will never come to it.
            if (!_thread.IsAlive) return;
        }
    }

    /// <summary>Begins to watch a descriptor for <paramref name="events"/>. 0, or the negative errno.</summary>
    public int Watch(Watched watched, uint events)
    {
        var fd = watched.Fd;
        if (fd >= _watched.Length) Array.Resize(ref _watched, Math.Max(fd + 1, 2 * _watched.Length));
        _watched[fd] = watched;
        watched.Generation = ++_generation;
        return Control(EpollEvents.Add, watched, events);
    }

    /// <summary>Watches for other <paramref name="events"/> from now on.</summary>
    public int Rewatch(Watched watched, uint events) => Control(EpollEvents.Modify, watched, events);

    /// <summary>Watches no longer; only for a descriptor that stays open.</summary>
    public void Unwatch(Watched watched)
    {
        Control(EpollEvents.Delete, watched, 0);
        Forget(watched.Fd);
    }

    /// <summary>A descriptor is about to be closed, which ends its being watched.</summary>
    public void Forget(int fd)
    {
        if (fd < _watched.Length) _watched[fd] = null;
    }

    /// <summary>Lets <paramref name="direction"/> go on when it is its turn: of those, one runs between two looks at events.</summary>
    public void RunSoon(OneWay direction) => _soon.Enqueue(direction);

    /// <summary>Ends the sending half of <paramref name="socket"/> after the next look at what has happened, if it is open then.</summary>
    public void EndSoon(EpollSocket socket) => _ending.Enqueue(socket);

    /// <summary>Stops the thread. What is still open stays so until the process ends, or was never closed.</summary>
    public void Dispose()
    {
        if (_stopping) return;
        _stopping = true;
        Post(static _ => { }, null);
        if (!Time.IsOwnThread) _thread.Join();
    }

    private int Control(int operation, Watched watched, uint events) =>
        Libc.EpollControl(_epoll, operation, watched.Fd, events, (uint)watched.Fd | (ulong)watched.Generation << 32);

    private void Run(ManualResetEventSlim started)
    {
        Time = new ReactorTime();
        SynchronizationContext.SetSynchronizationContext(new ReactorContext(this));
        PooledAsync.KeepOnThisThread();
        started.Set();

        var events = new EpollEvents();
        var lookout = new Lookout();
        while (!_stopping)
        {
            var ending = _ending.Count;
            var hasWork = _soon.Count + ending > 0;
            var count = hasWork || !HasMessages ? 0 : lookout.Wait(_epoll, events);
            if (count == 0) count = Libc.EpollWait(_epoll, events, hasWork ? 0 : Time.UntilNext());
            if (count < 0) throw new InvalidOperationException($"epoll_wait failed with errno {-count}.");
            Volatile.Write(ref _loops, _loops + 1);
            Time.Update();
            for (var i = 0; i < count; i++) Handle(events.DataOf(i), events.EventsOf(i));
            for (; ending > 0; ending--) _ending.Dequeue().EndSending();
            if (_soon.TryDequeue(out var direction)) direction.RunQueued();
            Time.FireDue();
        }

        Pipes.Close();
        _wakeup.Close();
        Libc.Close(_epoll);
    }

    private void Handle(ulong data, uint events)
    {
        var fd = (int)(uint)data;
        if (fd < _watched.Length && _watched[fd] is { } watched && watched.Generation == (uint)(data >> 32)) watched.OnEvents(events);
    }
}
