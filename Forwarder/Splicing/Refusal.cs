using System.Buffers;
using System.Runtime.CompilerServices;
using SniForward.Transport;

namespace SniForward.Splicing;

/// <summary>
/// The polite "no": an answer, and a moment to read it. A socket closed with bytes still unread is reset, and a reset
/// can overtake the answer; so the answer is sent, the sending half is ended, and what the client still sends is read
/// and dropped until it ends too. When one is over it may be used for the next client.
/// </summary>
internal sealed class Refusal
{
    /// <summary>How much a client may still send, in bytes, before it is cut off.</summary>
    private const long MostDropped = 1024 * 1024;

    /// <summary>How long a client may take to read its answer and end its side; the caller's timer calls <see cref="EndGrace"/> then.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private volatile ISocket? _client;

    /// <summary>Sends <paramref name="answer"/> and stays until the client has ended or its grace is over. Closes nothing, never throws.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public async ValueTask<bool> SendAsync(ISocket client, ReadOnlyMemory<byte> answer)
    {
        _client = client;
        // Nothing was sent before, so that an answer always fits the socket's buffer and this does not wait.
        await client.SendAsync(new ReadOnlySequence<byte>(answer)).ConfigureAwait(false);
        client.ShutdownSend();

        var dropped = 0L;
        try
        {
            while (_client is not null && dropped < MostDropped)
            {
                var read = await client.Input.ReadAsync().ConfigureAwait(false);
                dropped += read.Buffer.Length;
                client.Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) break;
            }
        }
        catch (IOException)
        {
            // The client reset the connection: it has read all that it wants to.
        }
        _client = null;
        return true;
    }

    /// <summary>Ends the wait for the client.</summary>
    public void EndGrace()
    {
        var client = _client;
        _client = null;
        client?.Input.CancelPendingRead();
    }
}
