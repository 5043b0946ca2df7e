using System.Net;
using System.Net.Sockets;
using SniForward.Transport;

namespace SniForward.Selecting;

/// <summary>
/// Reaches one server of a backend: the servers in turn, each with all its addresses, within one deadline. An attempt
/// may use an equal share of what is left, so that an address that never answers leaves time for the ones after it.
/// </summary>
internal sealed class Dialer(ITransport transport, Resolver resolver, TimeSpan timeout)
{
    /// <summary>Called with what each failed attempt tried and why it failed, for the log.</summary>
    public Action<Backend, EndPoint, SocketError>? Failed { get; init; }

    /// <summary>Dials <paramref name="backend"/>. Never throws.</summary>
    public async ValueTask<DialResult> DialAsync(Backend backend)
    {
        var started = transport.Time.GetTimestamp();
        var turn = backend.NextTurn();
        var tried = false;
        var anyTimedOut = false;
        var allTimedOut = true;

        for (var i = 0; i < backend.Count; i++)
        {
            var left = timeout - transport.Time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) break;

            var server = backend[turn, i];
            if (!server.TryTake()) continue;

            tried = true;
            var (socket, error) = await DialServerAsync(backend, server, left / (backend.Count - i)).ConfigureAwait(false);
            if (socket is not null) return new DialResult(DialEnd.Connected, socket, server);

            server.Release();
            if (error == SocketError.TimedOut) anyTimedOut = true;
            else allTimedOut = false;
        }

        var end = !tried ? DialEnd.Full : anyTimedOut && allTimedOut ? DialEnd.TimedOut : DialEnd.Unreachable;
        return new DialResult(end, null, null);
    }

    /// <summary>Tries each address of a server; the error is that of the last.</summary>
    private async ValueTask<SocketResult> DialServerAsync(Backend backend, Server server, TimeSpan share)
    {
        if (server.Address is not DnsEndPoint name) return await DialAddressAsync(backend, server.Address, share).ConfigureAwait(false);

        var started = transport.Time.GetTimestamp();
        var addresses = await resolver.ResolveAsync(name.Host, share).ConfigureAwait(false);
        var result = new SocketResult(null, SocketError.HostNotFound);
        if (addresses.Length == 0) Failed?.Invoke(backend, name, result.Error);
        for (var i = 0; i < addresses.Length; i++)
        {
            var left = share - transport.Time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) return new SocketResult(null, SocketError.TimedOut);
            var address = new IPEndPoint(addresses[i], name.Port);
            result = await DialAddressAsync(backend, address, left / (addresses.Length - i)).ConfigureAwait(false);
            if (result.Socket is not null) break;
        }
        return result;
    }

    private async ValueTask<SocketResult> DialAddressAsync(Backend backend, EndPoint address, TimeSpan share)
    {
        var result = await transport.ConnectAsync(address, share).ConfigureAwait(false);
        if (result.Socket is null) Failed?.Invoke(backend, address, result.Error);
        return result;
    }
}
