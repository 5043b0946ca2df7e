using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SniForward.Bench.Load.Http;

namespace SniForward.Bench.Load;

/// <summary>Waits for a proxy that is being started, trying to get one exchange through it without a pause.</summary>
internal static class FirstConnectionLoad
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private static readonly byte[] Greeting = Hello.For(Hello.ExchangeName, OriginOrder.AnswerThenClose);

    public static LoadResult Run(LoadRequest request)
    {
        var remote = new IPEndPoint(IPAddress.Loopback, request.Port);
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < Patience)
        {
            if (IsForwarded(remote, request.Http)) return new LoadResult { ForwardedAt = Stopwatch.GetTimestamp() };
            Thread.Yield();
        }
        return new LoadResult { Error = $"Nothing is forwarded on port {request.Port} after {Patience.TotalSeconds} s." };
    }

    private static bool IsForwarded(IPEndPoint remote, bool http)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 5000 };
        try
        {
            socket.Connect(remote);
            socket.Send(http ? HttpExchange.Request : Greeting);
            if (http) return new HttpSocket(socket).Receive(new BulkCounter()) == Exchange.AnswerSize;

            var answer = new byte[Exchange.AnswerSize];
            for (var received = 0; received < answer.Length;)
            {
                var more = socket.Receive(answer.AsSpan(received));
                if (more == 0) return false;
                received += more;
            }
            return true;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }
}
