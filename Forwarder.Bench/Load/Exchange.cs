using System.Buffers;
using System.Net;
using System.Runtime.CompilerServices;
using SniForward.Transport;

namespace SniForward.Bench.Load;

/// <summary>The client's side of small exchanges: a short request, a short answer.</summary>
internal static class Exchange
{
    public const int RequestSize = 100;

    public const int AnswerSize = 200;

    public static readonly ReadOnlySequence<byte> Request = new(new byte[RequestSize]);

    public static readonly ReadOnlySequence<byte> Answer = new(new byte[AnswerSize]);

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>A connection on which the hello was sent.</summary>
    /// <exception cref="IOException">It does not come about.</exception>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public static async ValueTask<ISocket> ConnectAsync(ITransport engine, EndPoint remote, ReadOnlySequence<byte> hello)
    {
        var connected = await engine.ConnectAsync(remote, ConnectTimeout, hello).ConfigureAwait(false);
        if (connected.Socket is not { } socket) throw new IOException($"Connecting to {remote} failed: {connected.Error}.");
        if (connected.Sent < hello.Length)
        {
            await socket.SendAsync(hello.Slice(connected.Sent)).ConfigureAwait(false);
        }
        return socket;
    }

    /// <summary>One request and its answer; true once the answer is there.</summary>
    /// <exception cref="IOException">The connection ended instead.</exception>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public static async ValueTask<bool> RunAsync(ISocket socket)
    {
        await socket.SendAsync(Request).ConfigureAwait(false);
        return await Receive.ExactlyAsync(socket.Input, AnswerSize).ConfigureAwait(false)
            ? true
            : throw new IOException("The connection ended before the answer.");
    }
}
