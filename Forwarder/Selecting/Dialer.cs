using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using SniForward.Transport;

namespace SniForward.Selecting;

/// <summary>
/// Reaches one server of a backend: the servers in turn, each with all its addresses, within one deadline. An attempt
/// may use an equal share of what is left, so that an address that never answers leaves time for the ones after it.
/// </summary>
internal sealed class Dialer(Resolver resolver, TimeSpan timeout)
{
    /// <summary>Called with what each failed attempt tried and why it failed, for the log.</summary>
    public Action<Backend, EndPoint, SocketError>? Failed { get; init; }

    /// <summary>Dials <paramref name="backend"/> on <paramref name="transport"/>. Never throws.</summary>
    /// <param name="transport">The engine that the connection belongs to.</param>
    /// <param name="backend">Whose servers are tried.</param>
    /// <param name="input">What was peeked, which the server is sent at once as far as it takes it; null if nothing was.</param>
    /// <param name="opening">What the server is sent before; null if nothing.</param>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public async ValueTask<DialResult> DialAsync(ITransport transport, Backend backend, PipeReader? input, Opening? opening)
    {
        var started = transport.Time.GetTimestamp();
        var peeked = input is not null && input.TryRead(out var read) ? read.Buffer : default;
        var first = opening?.Before(peeked) ?? peeked;
        var turn = backend.NextTurn();
        var tried = false;
        var anyTimedOut = false;
        var allTimedOut = true;
        var result = new DialResult(DialEnd.Full, null, null, 0);

        for (var i = 0; i < backend.Count; i++)
        {
            var left = timeout - transport.Time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) break;

            var server = backend[turn, i];
            if (!server.TryTake()) continue;

            tried = true;
            var (socket, error, sent) = await DialServerAsync(transport, backend, server, left / (backend.Count - i), first, opening).ConfigureAwait(false);
            if (socket is not null)
            {
                result = new DialResult(DialEnd.Connected, socket, server, sent);
                break;
            }

            server.Release();
            if (error == SocketError.TimedOut) anyTimedOut = true;
            else allTimedOut = false;
        }

        if (!peeked.IsEmpty) input?.AdvanceTo(peeked.GetPosition(result.Sent));
        if (result.Socket is not null || !tried) return result;
        return result with { End = anyTimedOut && allTimedOut ? DialEnd.TimedOut : DialEnd.Unreachable };
    }

    /// <summary>Tries each address of a server; the error is that of the last.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<SocketResult> DialServerAsync(
        ITransport transport, Backend backend, Server server, TimeSpan share, ReadOnlySequence<byte> first, Opening? opening)
    {
        if (server.Address is not DnsEndPoint name)
            return await DialAddressAsync(transport, backend, server.Address, share, first, opening).ConfigureAwait(false);

        var started = transport.Time.GetTimestamp();
        // The answer comes from elsewhere: back to the engine's own thread.
        var addresses = await resolver.ResolveAsync(name, share).ConfigureAwait(true);
        var result = new SocketResult(null, SocketError.HostNotFound);
        if (addresses.Length == 0) Failed?.Invoke(backend, name, result.Error);
        for (var i = 0; i < addresses.Length; i++)
        {
            var left = share - transport.Time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) return new SocketResult(null, SocketError.TimedOut);
            result = await DialAddressAsync(transport, backend, addresses[i], left / (addresses.Length - i), first, opening).ConfigureAwait(false);
            if (result.Socket is not null) break;
        }
        return result;
    }

    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<SocketResult> DialAddressAsync(
        ITransport transport, Backend backend, EndPoint address, TimeSpan share, ReadOnlySequence<byte> first, Opening? opening)
    {
        var started = transport.Time.GetTimestamp();
        var result = await transport.ConnectAsync(address, share, first).ConfigureAwait(false);
        if (opening is not null)
            result = await opening.FinishAsync(transport, result, share - transport.Time.GetElapsedTime(started)).ConfigureAwait(false);
        if (result.Socket is null) Failed?.Invoke(backend, address, result.Error);
        return result;
    }
}
