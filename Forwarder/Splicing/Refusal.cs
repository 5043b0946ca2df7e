using System.Buffers;
using SniForward.Transport;

namespace SniForward.Splicing;

/// <summary>
/// The polite "no": an answer, and a moment to read it. A socket closed with bytes still unread is reset, and a reset
/// can overtake the answer; so the answer is sent, the sending half is ended, and what the client still sends is read
/// and dropped until it ends too.
/// </summary>
internal sealed class Refusal(ISocket client, TimeProvider time)
{
    /// <summary>How much a client may still send, in bytes, before it is cut off.</summary>
    private const long MostDropped = 1024 * 1024;

    /// <summary>How long a client may take to read its answer and end its side.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private volatile bool _graceIsOver;

    /// <summary>Sends <paramref name="answer"/> and stays until the client has ended or its grace is over. Closes nothing, never throws.</summary>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> answer)
    {
        // Nothing was sent before, so that an answer always fits the socket's buffer and this does not wait.
        await client.SendAsync(new ReadOnlySequence<byte>(answer)).ConfigureAwait(false);
        client.ShutdownSend();

        using var grace = time.CreateTimer(static refusal => ((Refusal)refusal!).EndGrace(), this, Grace, Timeout.InfiniteTimeSpan);
        try
        {
            await DropAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The client reset the connection: it has read all that it wants to.
        }
    }

    private async ValueTask DropAsync()
    {
        var dropped = 0L;
        while (!_graceIsOver && dropped < MostDropped)
        {
            var read = await client.Input.ReadAsync().ConfigureAwait(false);
            dropped += read.Buffer.Length;
            client.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return;
        }
    }

    private void EndGrace()
    {
        _graceIsOver = true;
        client.Input.CancelPendingRead();
    }
}
