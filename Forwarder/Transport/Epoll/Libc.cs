using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SniForward.Transport.Epoll;

/// <summary>
/// The kernel's calls, each as its man page describes it, with one difference: an error is the result, as the negative
/// of its errno. A call that a signal interrupted (EINTR) is made again; close is not, because Linux has closed by then.
/// </summary>
internal static unsafe partial class Libc
{
    /// <summary>epoll_create1(2), closed on exec.</summary>
    public static int EpollCreate() => Result(epoll_create1(CloseOnExec));

    /// <summary>epoll_ctl(2); <paramref name="data"/> comes back with each event.</summary>
    public static int EpollControl(int epoll, int operation, int fd, uint events, ulong data)
    {
        var entry = stackalloc byte[EpollEvents.Stride];
        EpollEvents.Write(entry, events, data);
        return Result(epoll_ctl(epoll, operation, fd, entry));
    }

    /// <summary>epoll_wait(2): waits for at most <paramref name="timeout"/> ms, for ever if that is -1.</summary>
    public static int EpollWait(int epoll, EpollEvents events, int timeout)
    {
        fixed (byte* buffer = events.Buffer)
        {
            var n = Result(epoll_wait(epoll, buffer, EpollEvents.Capacity, timeout));
            // Interrupted: the caller looks at its timers, and waits again.
            return n == -Errno.EINTR ? 0 : n;
        }
    }

    /// <summary>eventfd(2), not blocking, closed on exec.</summary>
    public static int EventFd() => Result(eventfd(0, CloseOnExec | NonBlocking));

    /// <summary>read(2) of an eventfd: sets it back to zero.</summary>
    public static void ReadEvent(int fd)
    {
        ulong count;
        _ = read(fd, &count, sizeof(ulong));
    }

    /// <summary>write(2) to an eventfd: wakes who waits for it.</summary>
    public static void WriteEvent(int fd)
    {
        ulong one = 1;
        _ = write(fd, &one, sizeof(ulong));
    }

    /// <summary>socket(2): a stream socket, not blocking, closed on exec.</summary>
    public static int Socket(AddressFamily family)
    {
        var (domain, protocol) = family switch
        {
            AddressFamily.InterNetwork => (SocketAddressBytes.Inet, Tcp),
            AddressFamily.InterNetworkV6 => (SocketAddressBytes.Inet6, Tcp),
            _ => (SocketAddressBytes.Unix, 0),
        };
        return Result(socket(domain, StreamSocket | CloseOnExec | NonBlocking, protocol));
    }

    /// <summary>bind(2).</summary>
    public static int Bind(int fd, ReadOnlySpan<byte> address)
    {
        fixed (byte* bytes = address) return Result(bind(fd, bytes, (uint)address.Length));
    }

    /// <summary>listen(2).</summary>
    public static int Listen(int fd, int backlog) => Result(listen(fd, backlog));

    /// <summary>accept4(2): a socket that does not block and is closed on exec, and the client's address.</summary>
    public static int Accept(int fd, Span<byte> address, out int length)
    {
        fixed (byte* bytes = address)
        {
            int result;
            uint size;
            do
            {
                size = (uint)address.Length;
                result = Result(accept4(fd, bytes, &size, CloseOnExec | NonBlocking));
            }
            while (result == -Errno.EINTR);
            length = (int)Math.Min(size, (uint)address.Length);
            return result;
        }
    }

    /// <summary>connect(2).</summary>
    public static int Connect(int fd, ReadOnlySpan<byte> address)
    {
        fixed (byte* bytes = address)
        {
            var result = Result(connect(fd, bytes, (uint)address.Length));
            // Interrupted, it goes on by itself.
            return result == -Errno.EINTR ? -Errno.EINPROGRESS : result;
        }
    }

    /// <summary>getsockname(2).</summary>
    public static int LocalAddress(int fd, Span<byte> address, out int length)
    {
        fixed (byte* bytes = address)
        {
            var size = (uint)address.Length;
            var result = Result(getsockname(fd, bytes, &size));
            length = (int)Math.Min(size, (uint)address.Length);
            return result;
        }
    }

    /// <summary>getsockopt(2) of SO_ERROR: what has gone wrong, as an errno; 0: nothing.</summary>
    public static int PendingError(int fd)
    {
        int error;
        uint size = sizeof(int);
        var result = Result(getsockopt(fd, SocketLevel, 4, &error, &size));
        return result < 0 ? -result : error;
    }

    /// <summary>setsockopt(2) with an int: SO_REUSEADDR, socket(7).</summary>
    public static int ReuseAddress(int fd) => SetOption(fd, SocketLevel, 2, 1);

    /// <summary>setsockopt(2): SO_REUSEPORT, socket(7).</summary>
    public static int ReusePort(int fd) => SetOption(fd, SocketLevel, 15, 1);

    /// <summary>setsockopt(2): SO_KEEPALIVE, socket(7).</summary>
    public static int KeepAlive(int fd) => SetOption(fd, SocketLevel, 9, 1);

    /// <summary>setsockopt(2): TCP_NODELAY, tcp(7).</summary>
    public static int NoDelay(int fd) => SetOption(fd, Tcp, 1, 1);

    /// <summary>setsockopt(2): IPV6_V6ONLY, ipv6(7).</summary>
    public static int OnlyIPv6(int fd, bool only) => SetOption(fd, 41, 26, only ? 1 : 0);

    /// <summary>setsockopt(2): SO_LINGER with no time, socket(7): close then resets the connection.</summary>
    public static int ResetOnClose(int fd)
    {
        var linger = stackalloc int[] { 1, 0 };
        return Result(setsockopt(fd, SocketLevel, 13, linger, 2 * sizeof(int)));
    }

    /// <summary>recv(2): how many bytes came; 0 at the end of the peer's side.</summary>
    public static int Receive(int fd, Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            int result;
            do result = Result(recv(fd, bytes, (nuint)buffer.Length, 0));
            while (result == -Errno.EINTR);
            return result;
        }
    }

    /// <summary>send(2), without SIGPIPE: how many bytes the kernel took.</summary>
    public static int Send(int fd, ReadOnlySpan<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            int result;
            do result = Result(send(fd, bytes, (nuint)buffer.Length, NoSignal));
            while (result == -Errno.EINTR);
            return result;
        }
    }

    /// <summary>sendmsg(2) of one byte, without SIGPIPE, and of a descriptor with it (SCM_RIGHTS, unix(7)) unless that is -1.</summary>
    public static int SendMessage(int fd, byte message, int descriptor)
    {
        var control = stackalloc byte[ControlSpace];
        var vector = stackalloc nint[2] { (nint)(&message), 1 };
        var header = stackalloc nint[MessageHeaderFields] { 0, 0, (nint)vector, 1, 0, 0, 0 };
        if (descriptor >= 0)
        {
            (*(nint*)control, ((int*)control)[2], ((int*)control)[3], ((int*)control)[4]) = (ControlLength, SocketLevel, Rights, descriptor);
            (header[4], header[5]) = ((nint)control, ControlSpace);
        }
        int result;
        do result = Result(sendmsg(fd, header, NoSignal));
        while (result == -Errno.EINTR);
        return result;
    }

    /// <summary>recvmsg(2) of one byte, and of the descriptor with it, closed on exec, or -1; 0 at the end of the peer's side.</summary>
    public static int ReceiveMessage(int fd, out byte message, out int descriptor)
    {
        const int CloseDescriptorOnExec = 0x40000000;
        byte received = 0;
        var control = stackalloc byte[ControlSpace];
        var vector = stackalloc nint[2] { (nint)(&received), 1 };
        var header = stackalloc nint[MessageHeaderFields] { 0, 0, (nint)vector, 1, (nint)control, ControlSpace, 0 };
        int result;
        do result = Result(recvmsg(fd, header, CloseDescriptorOnExec));
        while (result == -Errno.EINTR);
        var hasDescriptor = result > 0 && header[5] >= ControlLength && ((int*)control)[2] == SocketLevel && ((int*)control)[3] == Rights;
        (message, descriptor) = (received, hasDescriptor ? ((int*)control)[4] : -1);
        return result;
    }

    /// <summary>shutdown(2) of the sending half.</summary>
    public static int ShutdownSend(int fd) => Result(shutdown(fd, 1));

    /// <summary>
    /// splice(2), not blocking, between a socket and a pipe. .NET ignores SIGPIPE, so that a broken socket is EPIPE.
    /// </summary>
    public static int Splice(int from, int to, int count)
    {
        const uint MoveAndDoNotBlock = 1 | 2;
        int result;
        do result = Result(splice(from, null, to, null, (nuint)count, MoveAndDoNotBlock));
        while (result == -Errno.EINTR);
        return result;
    }

    /// <summary>pipe2(2), not blocking, closed on exec.</summary>
    public static int NewPipe(out int readEnd, out int writeEnd)
    {
        var ends = stackalloc int[2];
        var result = Result(pipe2(ends, CloseOnExec | NonBlocking));
        (readEnd, writeEnd) = (ends[0], ends[1]);
        return result;
    }

    /// <summary>fcntl(2), F_SETPIPE_SZ: the size that the pipe now has, in bytes.</summary>
    public static int SetPipeSize(int fd, int size) => Result(fcntl(fd, 1031, size));

    /// <summary>fcntl(2), F_GETPIPE_SZ, in bytes.</summary>
    public static int PipeSize(int fd) => Result(fcntl(fd, 1032, 0));

    /// <summary>fcntl(2), F_SETFL with O_APPEND: each write goes to the end of the file, wherever that is by then.</summary>
    public static int AlwaysAppend(int fd) => Result(fcntl(fd, 4, 0x400));

    /// <summary>fcntl(2), F_DUPFD_CLOEXEC: another descriptor of the same socket.</summary>
    public static int Duplicate(int fd) => Result(fcntl(fd, 1030, 0));

    /// <summary>fcntl(2), F_SETFL: a call on it that would have to wait fails with EAGAIN.</summary>
    public static int DoNotBlock(int fd) => Result(fcntl(fd, 3, 0)) is var flags && flags < 0 ? flags : Result(fcntl(fd, 4, flags | NonBlocking));

    /// <summary>getrlimit(2) of RLIMIT_NOFILE.</summary>
    public static int DescriptorLimit(out ulong soft, out ulong hard)
    {
        var limit = stackalloc ulong[2];
        var result = Result(getrlimit(OpenFiles, limit));
        (soft, hard) = (limit[0], limit[1]);
        return result;
    }

    /// <summary>setrlimit(2) of RLIMIT_NOFILE.</summary>
    public static int SetDescriptorLimit(ulong soft, ulong hard)
    {
        var limit = stackalloc ulong[] { soft, hard };
        return Result(setrlimit(OpenFiles, limit));
    }

    /// <summary>get_nprocs(3): the processors that run, whoever may use them.</summary>
    public static int OnlineProcessors() => get_nprocs();

    /// <summary>close(2).</summary>
    public static void Close(int fd) => _ = close(fd);

    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int NoSignal = 0x4000;
    private const int StreamSocket = 1;
    private const int SocketLevel = 1;
    private const int Tcp = 6;
    private const int OpenFiles = 7;

    /// <summary>Of a struct msghdr (recvmsg(2)) on 64 bits: name and its length, vector and its length, control and its length, flags.</summary>
    private const int MessageHeaderFields = 7;

    /// <summary>Of a struct cmsghdr (cmsg(3)) with one descriptor: its length, a level, a type, the descriptor; and that up to a whole word.</summary>
    private const int Rights = 1, ControlLength = 20, ControlSpace = 24;

    private static int SetOption(int fd, int level, int name, int value) => Result(setsockopt(fd, level, name, &value, sizeof(int)));

    private static int Result(nint result) => result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(int epfd, int op, int fd, byte* ev);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(int epfd, byte* events, int maxevents, int timeout);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint initval, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int fd, void* buf, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int fd, void* buf, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int bind(int sockfd, byte* addr, uint addrlen);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int listen(int sockfd, int backlog);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int accept4(int sockfd, byte* addr, uint* addrlen, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int connect(int sockfd, byte* addr, uint addrlen);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getsockname(int sockfd, byte* addr, uint* addrlen);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getsockopt(int sockfd, int level, int optname, void* optval, uint* optlen);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(int sockfd, int level, int optname, void* optval, uint optlen);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int sockfd, void* buf, nuint len, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int sockfd, void* buf, nuint len, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendmsg(int sockfd, nint* msg, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recvmsg(int sockfd, nint* msg, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int shutdown(int sockfd, int how);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint splice(int fdIn, long* offIn, int fdOut, long* offOut, nuint len, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int pipe2(int* pipefd, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int fd, int op, int arg);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getrlimit(int resource, ulong* rlim);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setrlimit(int resource, ulong* rlim);

    [LibraryImport("libc")]
    private static partial int get_nprocs();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int fd);
}
