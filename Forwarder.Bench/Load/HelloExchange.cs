using System.Buffers;
using System.Net;
using System.Runtime.CompilerServices;
using SniForward.Transport;

namespace SniForward.Bench.Load;

/// <summary>After a hello, requests and answers of bytes that mean nothing.</summary>
internal sealed class HelloExchange : ISmallExchange
{
    private static readonly ReadOnlySequence<byte> Greeting = new(Hello.For(Hello.ExchangeName, OriginOrder.Exchange));

    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public async ValueTask<ISocket> OpenAsync(ITransport engine, EndPoint remote)
    {
        var socket = await Exchange.ConnectAsync(engine, remote, Greeting).ConfigureAwait(false);
        await Exchange.RunAsync(socket).ConfigureAwait(false);
        return socket;
    }

    public ValueTask<bool> RunAsync(ISocket socket) => Exchange.RunAsync(socket);
}
