using System.Net.Sockets;
using System.Text;

namespace SniForward.Bench.Load.Http;

/// <summary>Both sides of bulk transfers by HTTP: bodies of 16 MiB by Content-Length, one request after the other on each connection.</summary>
internal static class HttpBulk
{
    // Enough that heads do not count, and less than what servers refuse as installed (Kestrel: 30,000,000).
    private const int BodySize = 16 * 1024 * 1024;

    private static readonly byte[] Get = Encoding.ASCII.GetBytes($"GET /bulk HTTP/1.1\r\nHost: {Hello.BulkName}\r\n\r\n");
    private static readonly byte[] Post = Encoding.ASCII.GetBytes($"POST /bulk HTTP/1.1\r\nHost: {Hello.BulkName}\r\nContent-Length: {BodySize}\r\n\r\n");
    private static readonly byte[] Body = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {BodySize}\r\n\r\n");
    private static readonly byte[] NoBody = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray();

    /// <summary>The origin's side: answers a request that has a body with none, and one that has none with one, until <paramref name="client"/> ends.</summary>
    public static void Serve(Socket client, BulkCounter received)
    {
        using (client)
        {
            client.NoDelay = true;
            var requests = new HttpSocket(client);
            while (true)
            {
                if (requests.Receive(received) > 0) client.Send(NoBody);
                else SendWithBody(client, Body);
            }
        }
    }

    /// <summary>The client's side: a thread that downloads or uploads on <paramref name="socket"/> until it is closed at either end.</summary>
    public static void Begin(Socket socket, OriginOrder order, BulkCounter received) => BulkPump.Run(() =>
    {
        socket.NoDelay = true;
        var answers = new HttpSocket(socket);
        while (true)
        {
            if (order == OriginOrder.Upload) SendWithBody(socket, Post);
            else socket.Send(Get);
            answers.Receive(received);
        }
    });

    private static void SendWithBody(Socket socket, byte[] head)
    {
        socket.Send(head);
        for (var left = BodySize; left > 0;) left -= socket.Send(BulkPump.Sent[..Math.Min(left, BulkPump.Sent.Length)]);
    }
}
