using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;

namespace SniForward.Transport.Sockets;

/// <summary>A connected <see cref="Socket"/>.</summary>
internal sealed class StreamSocket(Socket socket, TimeProvider time) : ISocket
{
    private const int MoveBufferSize = 64 * 1024;

    private static readonly StreamPipeReaderOptions PeekOptions = new(bufferSize: 4096, leaveOpen: true, useZeroByteReads: true);

    private PipeReader? _input;

    public EndPoint RemoteEndPoint { get; } = Unmapped(socket.RemoteEndPoint);

    public PipeReader Input => _input ??= PipeReader.Create(new NetworkStream(socket, ownsSocket: false), PeekOptions);

    public async ValueTask<SocketError> SendAsync(ReadOnlySequence<byte> bytes)
    {
        try
        {
            foreach (var segment in bytes) await SendAllAsync(socket, segment).ConfigureAwait(false);
            return SocketError.Success;
        }
        catch (Exception e) when (ErrorOf(e) is { } error)
        {
            return error;
        }
    }

    public async ValueTask<MoveEnd> MoveToAsync(ISocket sink, Flow flow)
    {
        var target = ((StreamSocket)sink).Socket;
        while (true)
        {
            try
            {
                await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None).ConfigureAwait(false);
            }
            catch (Exception e) when (ErrorOf(e) is { } error)
            {
                return error == SocketError.OperationAborted ? MoveEnd.Aborted : MoveEnd.SourceFailed;
            }

            if (await MoveReadyAsync(target, flow).ConfigureAwait(false) is { } end) return end;
        }
    }

    public void ShutdownSend()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (ErrorOf(e) is not null)
        {
            // The peer is gone already; whoever reads from it learns of that.
        }
    }

    public void Abort()
    {
        try
        {
            // Closing with a linger time of zero resets the connection instead of ending it (SO_LINGER, socket(7)).
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (ErrorOf(e) is not null)
        {
            // Closed already.
        }
        socket.Dispose();
    }

    public void Dispose()
    {
        _input?.Complete();
        socket.Dispose();
    }

    private Socket Socket => socket;

    /// <summary>Moves what is there to read; null once nothing more is.</summary>
    private async ValueTask<MoveEnd?> MoveReadyAsync(Socket target, Flow flow)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MoveBufferSize);
        var receiving = true;
        try
        {
            do
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), SocketFlags.None).ConfigureAwait(false);
                if (received == 0) return MoveEnd.SourceEnded;
                receiving = false;
                await SendAllAsync(target, buffer.AsMemory(0, received)).ConfigureAwait(false);
                flow.Add(received, time.GetTimestamp());
                receiving = true;
            }
            while (socket.Available > 0);
            return null;
        }
        catch (Exception e) when (ErrorOf(e) is { } error)
        {
            if (error == SocketError.OperationAborted) return MoveEnd.Aborted;
            return receiving ? MoveEnd.SourceFailed : MoveEnd.SinkFailed;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async ValueTask SendAllAsync(Socket target, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var sent = await target.SendAsync(bytes, SocketFlags.None).ConfigureAwait(false);
            bytes = bytes[sent..];
        }
    }

    /// <summary>The socket error that an exception stands for; null if it is a fault of the program.</summary>
    private static SocketError? ErrorOf(Exception e) => e switch
    {
        SocketException socketException => socketException.SocketErrorCode,
        ObjectDisposedException => SocketError.OperationAborted,
        _ => null,
    };

    private static EndPoint Unmapped(EndPoint? remote) => remote switch
    {
        IPEndPoint { Address.IsIPv4MappedToIPv6: true } ip => new IPEndPoint(ip.Address.MapToIPv4(), ip.Port),
        null => throw new SocketException((int)SocketError.NotConnected),
        _ => remote,
    };
}
