using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using SniForward.Transport;
using SniForward.Transport.Epoll;

namespace SniForward.Tests.EndToEnd;

/// <summary>
/// Short connections, by the thousand, from clients to an origin, both on one reactor, so that they allocate nothing
/// themselves.
/// </summary>
internal sealed class ShortLoad : IDisposable
{
    private const int AtOnce = 32;
    private const int AnswerSize = 200;

    private static readonly ReadOnlySequence<byte> Head = new("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"u8.ToArray());
    private static readonly ReadOnlySequence<byte> Answer = new(new byte[AnswerSize]);

    private readonly ITransport _engine = EpollTransport.Start(1, maxPipes: 0)[0];
    private readonly IAcceptor _origin;
    private readonly bool _originCloses;
    private int _left;
    private int _running;
    private TaskCompletionSource<string> _done = new();

    /// <param name="originCloses">Whether the origin ends after its answer, or waits for the client's end.</param>
    public ShortLoad(bool originCloses)
    {
        _originCloses = originCloses;
        _origin = _engine.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        _engine.Post(state => { _ = AcceptAll(); }, null);
    }

    public EndPoint Origin => _origin.LocalEndPoint;

    /// <summary>Makes <paramref name="count"/> connections to <paramref name="address"/>, 32 at once. What went wrong first; empty if nothing.</summary>
    public Task<string> RunAsync(EndPoint address, int count)
    {
        (_left, _running, _done) = (count, AtOnce, new(TaskCreationOptions.RunContinuationsAsynchronously));
        for (var i = 0; i < AtOnce; i++) _engine.Post(state => { _ = Repeat(address); }, null);
        return _done.Task;
    }

    public void Dispose()
    {
        _origin.Dispose();
        _engine.Dispose();
    }

    private async Detached AcceptAll()
    {
        while (await _origin.AcceptAsync().ConfigureAwait(false) is { Socket: { } client }) _ = Serve(client);
    }

    private async Detached Serve(ISocket client)
    {
        await ReadAsync(client.Input, Head.Length).ConfigureAwait(false);
        await client.SendAsync(Answer).ConfigureAwait(false);
        if (!_originCloses) await ReadAsync(client.Input, long.MaxValue).ConfigureAwait(false);
        client.Dispose();
    }

    private async Detached Repeat(EndPoint address)
    {
        while (_left-- > 0)
        {
            if (await OnceAsync(address).ConfigureAwait(false)) continue;
            _done.TrySetResult($"A connection failed with {_left} left.");
            return;
        }
        if (--_running == 0) _done.TrySetResult("");
    }

    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<bool> OnceAsync(EndPoint address)
    {
        var (socket, _, sent) = await _engine.ConnectAsync(address, Patience.Limit, Head).ConfigureAwait(false);
        if (socket is null || sent < Head.Length) return false;
        var received = await ReadAsync(socket.Input, _originCloses ? long.MaxValue : AnswerSize).ConfigureAwait(false);
        socket.Dispose();
        return received == AnswerSize;
    }

    /// <summary>Reads until so many bytes came, or the end. How many did; -1: a reset.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private static async ValueTask<long> ReadAsync(PipeReader input, long count)
    {
        var received = 0L;
        try
        {
            while (received < count)
            {
                var read = await input.ReadAsync().ConfigureAwait(false);
                received += read.Buffer.Length;
                input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) break;
            }
            return received;
        }
        catch (IOException)
        {
            return -1;
        }
    }
}
