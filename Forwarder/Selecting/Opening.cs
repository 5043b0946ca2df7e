using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using SniForward.Transport;

namespace SniForward.Selecting;

/// <summary>
/// What a server is sent before the client's own bytes: a PROXY header, the question whether it speaks TLS that
/// PostgreSQL begins with, or both. When its server is dialled it serves another connection.
/// </summary>
internal sealed class Opening
{
    private const byte Yes = (byte)'S';

    // SSLRequest (PostgreSQL's manual, "Message Formats"): its length, and 1234 and 5679 in two bytes each.
    private static ReadOnlySpan<byte> SslRequest => [0x00, 0x00, 0x00, 0x08, 0x04, 0xd2, 0x16, 0x2f];

    private byte[] _bytes = new byte[ProxyHeaderWriter.MaxLength + SslRequest.Length];
    private int _length;
    private bool _asksForTls;

    /// <summary>Begins with a PROXY header, the client's and the server's side of its connection to this process in it.</summary>
    /// <param name="version">Not <see cref="ProxyVersion.Off"/>.</param>
    /// <param name="client">The client's address.</param>
    /// <param name="local">The address that the client connected to; null if it is not known.</param>
    /// <param name="name">The name that it asked for; empty if none.</param>
    /// <param name="alpn">The protocol that it would like best, or that was chosen here; empty if it did not say.</param>
    /// <param name="ssl">What there is to say of its TLS, if that ends here.</param>
    public void BeginWithProxyHeader(
        ProxyVersion version, EndPoint client, EndPoint? local, ReadOnlySpan<byte> name, ReadOnlySpan<byte> alpn, ReadOnlySpan<byte> ssl) =>
        _length = version == ProxyVersion.V1
            ? ProxyHeaderWriter.WriteV1(_bytes, client, local)
            : ProxyHeaderWriter.WriteV2(_bytes, client, local, name, alpn, ssl);

    /// <summary>Asks the server to begin with TLS, after what there is already.</summary>
    public void AskForTls()
    {
        SslRequest.CopyTo(_bytes.AsSpan(_length));
        _length += SslRequest.Length;
        _asksForTls = true;
    }

    /// <summary>Forgets the last connection.</summary>
    public void Clear() => (_length, _asksForTls) = (0, false);

    /// <summary>What is sent with the connect: this, and unless the server must answer first, the client's bytes behind it.</summary>
    public ReadOnlySequence<byte> Before(in ReadOnlySequence<byte> peeked)
    {
        if (_asksForTls) return new ReadOnlySequence<byte>(_bytes, 0, _length);
        var length = _length + (int)peeked.Length;
        if (length > _bytes.Length) Array.Resize(ref _bytes, length);
        peeked.CopyTo(_bytes.AsSpan(_length));
        return new ReadOnlySequence<byte>(_bytes, 0, length);
    }

    /// <summary>
    /// Sends what the connect did not, and has the server's answer. The result counts the client's bytes alone; without
    /// a socket, the server is not fit, and its socket is closed.
    /// </summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public async ValueTask<SocketResult> FinishAsync(ITransport transport, SocketResult connected, TimeSpan timeout)
    {
        var (socket, error, sent) = connected;
        if (socket is null) return connected;
        if (sent < _length) error = await socket.SendAsync(new ReadOnlySequence<byte>(_bytes, sent, _length - sent)).ConfigureAwait(false);
        if (error == SocketError.Success && _asksForTls) error = await AnswerAsync(transport, socket.Input, timeout).ConfigureAwait(false);
        if (error == SocketError.Success) return new SocketResult(socket, error, Math.Max(0, sent - _length));

        socket.Dispose();
        return new SocketResult(null, error);
    }

    /// <summary>Reads the server's one byte, and nothing else: what came with it unasked would pass for a part of what is encrypted.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private static async ValueTask<SocketError> AnswerAsync(ITransport transport, PipeReader input, TimeSpan timeout)
    {
        using var deadline = transport.Time.CreateTimer(
            static reader => ((PipeReader)reader!).CancelPendingRead(), input, timeout, Timeout.InfiniteTimeSpan);
        try
        {
            var read = await input.ReadAsync().ConfigureAwait(false);
            if (read.IsCanceled) return SocketError.TimedOut;
            var agrees = read.Buffer.Length == 1 && read.Buffer.FirstSpan[0] == Yes;
            input.AdvanceTo(read.Buffer.End);
            return agrees ? SocketError.Success : SocketError.ProtocolNotSupported;
        }
        catch (IOException)
        {
            return SocketError.ConnectionReset;
        }
    }
}
