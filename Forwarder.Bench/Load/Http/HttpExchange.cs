using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using SniForward.Transport;

namespace SniForward.Bench.Load.Http;

/// <summary>Both sides of a small exchange by HTTP: a GET of about 100 bytes, and an answer with a body of 200.</summary>
internal sealed class HttpExchange : ISmallExchange
{
    /// <summary>A GET from the origin of small exchanges.</summary>
    public static readonly byte[] Request =
        Encoding.ASCII.GetBytes($"GET /small HTTP/1.1\r\nHost: {Hello.ExchangeName}\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n");

    private static readonly ReadOnlySequence<byte> Asked = new(Request);

    private static readonly ReadOnlySequence<byte> Answer = new(
    [
        .. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {Exchange.AnswerSize}\r\n\r\n"),
        .. new byte[Exchange.AnswerSize],
    ]);

    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public async ValueTask<ISocket> OpenAsync(ITransport engine, EndPoint remote)
    {
        var socket = await Exchange.ConnectAsync(engine, remote, Asked).ConfigureAwait(false);
        await ReceiveAnswerAsync(socket).ConfigureAwait(false);
        return socket;
    }

    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public async ValueTask<bool> RunAsync(ISocket socket)
    {
        await socket.SendAsync(Asked).ConfigureAwait(false);
        return await ReceiveAnswerAsync(socket).ConfigureAwait(false);
    }

    /// <summary>The origin's side: answers requests without a body until <paramref name="client"/> ends.</summary>
    public static async void Serve(ISocket client)
    {
        try
        {
            while (await ReceiveAsync(client.Input).ConfigureAwait(false)) await client.SendAsync(Answer).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The proxy has reset the connection: it is done with it.
        }
        client.Dispose();
    }

    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private static async ValueTask<bool> ReceiveAnswerAsync(ISocket socket) => await ReceiveAsync(socket.Input).ConfigureAwait(false)
        ? true
        : throw new IOException("The connection ended before the answer.");

    /// <summary>Takes one message; false if the peer ends before that.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private static async ValueTask<bool> ReceiveAsync(PipeReader input)
    {
        while (true)
        {
            var read = await input.ReadAsync().ConfigureAwait(false);
            if (Take(input, read.Buffer)) return true;
            if (read.IsCompleted) return false;
        }
    }

    private static bool Take(PipeReader input, ReadOnlySequence<byte> received)
    {
        var message = HttpMessage.Of(received.IsSingleSegment ? received.FirstSpan : received.ToArray());
        var length = message is { } known ? known.HeadLength + known.BodyLength : long.MaxValue;
        if (received.Length < length)
        {
            input.AdvanceTo(received.Start, received.End);
            return false;
        }
        input.AdvanceTo(received.GetPosition(length));
        return true;
    }
}
