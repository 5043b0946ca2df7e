using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace SniForward.Transport.Sockets;

/// <summary>The portable engine, on System.Net.Sockets and the thread pool. There is only one: it uses every core itself.</summary>
internal sealed class SocketsTransport(TimeProvider time) : ITransport
{
    public TimeProvider Time => time;

    public IAcceptor Listen(EndPoint local) => SocketsAcceptor.Bind(local, time);

    public IAcceptor Join(IAcceptor first) => throw new NotSupportedException("There is only one engine of this kind.");

    public IAcceptor Adopt(SafeSocketHandle listening, UnixSocketFile file) => SocketsAcceptor.Adopt(listening, file, time);

    public async ValueTask<SocketResult> ConnectAsync(EndPoint remote, TimeSpan timeout, ReadOnlySequence<byte> first, CancellationToken cancel)
    {
        Socket? socket = null;
        try
        {
            socket = NewSocket(remote.AddressFamily);
            using var deadline = new CancellationTokenSource(timeout, time);
            using var cancelled = cancel.UnsafeRegister(static deadline => ((CancellationTokenSource)deadline!).Cancel(), deadline);
            await socket.ConnectAsync(remote, deadline.Token).ConfigureAwait(false);
            return new SocketResult(new StreamSocket(socket, time), SocketError.Success);
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            // What .NET says of a unix socket that nobody made, where others would hear of a lack of ports.
            var isAbsent = remote is UnixDomainSocketEndPoint && e.SocketErrorCode == SocketError.AddressNotAvailable;
            return new SocketResult(null, isAbsent ? SocketError.ConnectionRefused : e.SocketErrorCode);
        }
        catch (OperationCanceledException)
        {
            socket?.Dispose();
            return new SocketResult(null, cancel.IsCancellationRequested ? SocketError.OperationAborted : SocketError.TimedOut);
        }
    }

    public void Post(SendOrPostCallback callback, object? state) => ThreadPool.UnsafeQueueUserWorkItem(static work => work.callback(work.state), (callback, state), preferLocal: false);

    public void Dispose()
    {
        // Sockets and timers belong to who asked for them; the thread pool to the process.
    }

    /// <summary>A stream socket without Nagle's delay and, on TCP, with keep-alive probes to notice a peer that is gone.</summary>
    internal static Socket NewSocket(AddressFamily family)
    {
        if (family == AddressFamily.Unix) return new Socket(family, SocketType.Stream, ProtocolType.Unspecified);

        var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        SetUpTcp(socket);
        return socket;
    }

    internal static void SetUpTcp(Socket socket)
    {
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
    }
}
