using System.Net;
using System.Net.Sockets;
using SniForward.Transport;

namespace SniForward.Bench.Load;

/// <summary>The server behind the proxies that answers small exchanges.</summary>
/// <param name="engine">What it runs on.</param>
/// <param name="serve">Serves a client until its end.</param>
internal sealed class Origin(ITransport engine, Action<ISocket> serve)
{
    /// <summary>Listens on a free port of loopback, which it returns, until the process ends.</summary>
    public int Listen()
    {
        var acceptor = engine.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        engine.Post(_ => AcceptAll(acceptor), null);
        return ((IPEndPoint)acceptor.LocalEndPoint).Port;
    }

    /// <summary>Answers as the hello orders.</summary>
    public static async void ServeHello(ISocket client)
    {
        try
        {
            switch (await Receive.HelloAsync(client.Input).ConfigureAwait(false))
            {
                case OriginOrder.Exchange:
                    while (await Receive.ExactlyAsync(client.Input, Exchange.RequestSize).ConfigureAwait(false))
                    {
                        await client.SendAsync(Exchange.Answer).ConfigureAwait(false);
                    }
                    break;
                case OriginOrder.AnswerThenWait:
                    await client.SendAsync(Exchange.Answer).ConfigureAwait(false);
                    await Receive.ToEndAsync(client.Input).ConfigureAwait(false);
                    break;
                case OriginOrder.AnswerThenClose:
                    await client.SendAsync(Exchange.Answer).ConfigureAwait(false);
                    break;
            }
        }
        catch (IOException)
        {
            // The client, or the proxy, has reset the connection: it is done with it.
        }
        client.Dispose();
    }

    private async void AcceptAll(IAcceptor acceptor)
    {
        while (true)
        {
            var accepted = await acceptor.AcceptAsync().ConfigureAwait(false);
            if (accepted.Socket is { } client) serve(client);
            else if (accepted.Error == SocketError.OperationAborted) return;
            else await Task.Delay(TimeSpan.FromMilliseconds(10), engine.Time);
        }
    }
}
