using System.Net.Sockets;

namespace SniForward.Bench.Load.Http;

/// <summary>The messages that come on a socket that blocks, the next of which is asked for only when the last has been received.</summary>
internal sealed class HttpSocket(Socket socket)
{
    private readonly byte[] _head = new byte[16 * 1024];

    /// <summary>Receives a message, and gives the length of its body, the bytes of which are counted as they come.</summary>
    /// <exception cref="IOException">The connection ended, or the answer is not 200.</exception>
    /// <exception cref="SocketException">The connection was reset, or nothing came in time.</exception>
    public long Receive(BulkCounter counter)
    {
        var received = 0;
        HttpMessage? head = null;
        while (head is null)
        {
            var more = socket.Receive(_head.AsSpan(received));
            if (more == 0) throw new IOException("The connection ended before the head.");
            received += more;
            head = HttpMessage.Of(_head.AsSpan(0, received));
        }

        var message = head.Value;
        var body = received - message.HeadLength;
        counter.Add(body);
        for (var left = message.BodyLength - body; left > 0;)
        {
            var more = BulkPump.Discard(socket, left);
            if (more == 0) throw new IOException("The connection ended before the body.");
            counter.Add(more);
            left -= more;
        }
        return message.BodyLength;
    }
}
