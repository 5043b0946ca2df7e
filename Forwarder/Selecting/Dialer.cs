using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using SniForward.Securing;
using SniForward.Selecting.Balancing;
using SniForward.Transport;
using SniForward.Transport.Tls;

namespace SniForward.Selecting;

/// <summary>
/// Reaches one server of a backend, on one engine. One that does not take the connection is passed over for another, at
/// once and within the same deadline: the client's bytes are all still there. An attempt may use an equal share of the time
/// that is left, so that a server that never answers leaves some for those after it.
/// </summary>
/// <param name="transport">The engine that the connections belong to.</param>
/// <param name="own">The addresses that are never dialled.</param>
/// <param name="handshakes">Lets so many TLS handshakes compute at once, of all engines.</param>
internal sealed class Dialer(ITransport transport, OwnAddresses own, HandshakeGate handshakes)
{
    /// <summary>The most that a connection spends on finding out whether a server is fit again, while others are.</summary>
    private static readonly TimeSpan LongestTrial = TimeSpan.FromSeconds(1);

    private readonly Pool<AddressRace> _races = new(() => new AddressRace(transport));
    private readonly Pool<List<Server>> _lists = new(() => []);

    /// <summary>Called with each server that did not take a connection, and why, for the log.</summary>
    public Action<Backend, Server, SocketError>? Failed { get; init; }

    /// <summary>Called with each attempt to reach a server, and whether another failed before, for the figures.</summary>
    public Action<Backend, Server, Attempt, bool>? Attempted { get; init; }

    /// <summary>Called with how each TLS handshake with a server ended and how long it took, for the figures.</summary>
    public Action<TlsFailure, TimeSpan>? ShookHands { get; init; }

    /// <summary>Called with each server that TLS could not begin with, and why, for the log.</summary>
    public Action<Server, string>? NotSecured { get; init; }

    /// <summary>Dials what <paramref name="request"/> asks for. Never throws.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public async ValueTask<DialResult> DialAsync(DialRequest request)
    {
        var (backend, input) = (request.Backend, request.Input);
        var peeked = input is not null && input.TryRead(out var read) ? read.Buffer : default;
        // What is for the inside of TLS must not go before it.
        var plain = backend.Tls is null ? peeked : default;
        var first = request.Opening?.Before(plain) ?? plain;
        var ticket = backend.TicketOf(request.Client);
        var pick = request.Named is { } named ? new Pick(named, OnTrial: false) : await TakeAsync(request, ticket).ConfigureAwait(true);
        var most = request.Named is not null ? 1 : backend.Rules.Attempts > 0 ? backend.Rules.Attempts : int.MaxValue;
        var made = 0;
        var started = transport.Time.GetTimestamp();
        var result = new DialResult(pick.ClientLeft ? DialEnd.ClientLeft : backend.Usable > 0 ? DialEnd.Full : DialEnd.Down, null, null, 0);
        List<Server>? tried = null;

        while (pick.Server is { } server)
        {
            // Servers come and go meanwhile. A trial is no attempt: where the others are as good as ever it must not cost one.
            var attemptsLeft = Math.Max(1, Math.Min(most - made, backend.Untried(tried))) + (pick.OnTrial ? 1 : 0);
            var share = (request.Timeout - transport.Time.GetElapsedTime(started)) / attemptsLeft;
            if (pick.OnTrial && share > LongestTrial) share = LongestTrial;
            var attempt = await DialServerAsync(request, server, share, first).ConfigureAwait(false);
            Judge(server, attempt, pick.OnTrial);
            Attempted?.Invoke(backend, server, attempt, tried is not null);
            if (attempt.Result.Socket is { } socket)
            {
                result = new DialResult(DialEnd.Connected, socket, server, attempt.Result.Sent);
                break;
            }

            server.Release();
            Failed?.Invoke(backend, server, attempt.Result.Error);
            result = result with { End = tried is null || result.End == attempt.End ? attempt.End : DialEnd.Unreachable };
            if (!pick.OnTrial) made++;
            if (made == most || attempt.End == DialEnd.NoDescriptor || transport.Time.GetElapsedTime(started) >= request.Timeout) break;
            tried ??= _lists.Rent();
            tried.Add(server);
            pick = backend.Take(ticket, tried);
        }

        if (!peeked.IsEmpty) input?.AdvanceTo(peeked.GetPosition(result.Sent));
        Return(tried);
        return result;
    }

    /// <summary>Takes a server; while all are full, waits in the line for one if the backend has such.</summary>
    private static ValueTask<Pick> TakeAsync(in DialRequest request, Ticket ticket)
    {
        var backend = request.Backend;
        var pick = backend.Take(ticket, tried: null);
        return pick.Server is null && backend.Line is { } line && backend.Usable > 0
            ? new ValueTask<Pick>(WaitAsync(request, line, ticket))
            : new ValueTask<Pick>(pick);
    }

    private static async Task<Pick> WaitAsync(DialRequest request, WaitingLine line, Ticket ticket)
    {
        if (line.Join(request.Backend) is not { } place) return default;
        var hasLeft = false;
        request.Socket?.StartWatch(
            () =>
            {
                Volatile.Write(ref hasLeft, true);
                line.Dismiss(place);
            },
            request.EndIsLeaving);
        try
        {
            // One may have become free before the line was joined, and nobody would tell.
            if (request.Backend.Take(ticket, tried: null) is { Server: not null } free)
            {
                if (line.Leave(place) is { } second) second.Release();
                return free;
            }
            await place.Value.Task.WaitAsync(request.Backend.Rules.QueueTimeout).ConfigureAwait(true);
        }
        catch (TimeoutException)
        {
            // It may have been handed one in the last moment.
        }
        finally
        {
            request.Socket?.EndWatch();
        }
        return new Pick(line.Leave(place), OnTrial: false, Volatile.Read(ref hasLeft));
    }

    /// <summary>Tries one server, at whichever of its addresses answers.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<Attempt> DialServerAsync(DialRequest request, Server server, TimeSpan share, ReadOnlySequence<byte> first)
    {
        if (share <= TimeSpan.Zero) return Attempt.OutOfTime;
        var started = transport.Time.GetTimestamp();
        SocketResult result;
        if (server.Addresses is null)
        {
            if (own.Contains(server.Address)) return Attempt.Loop;
            result = await transport.ConnectAsync(server.Address, share, first).ConfigureAwait(false);
        }
        else
        {
            // The answer may come from elsewhere: back to the engine's own thread.
            var known = await server.Addresses.AddressesAsync(share).ConfigureAwait(true);
            if (known.Length == 0) return Attempt.NoAddress;
            var addresses = MayDialAll(request.Backend, known) ? known : Permitted(request.Backend, known);
            if (addresses.Length == 0) return Array.TrueForAll(known, own.Contains) ? Attempt.Loop : Attempt.NotAllowed;
            var left = share - transport.Time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) return Attempt.OutOfTime;
            result = await ConnectAsync(addresses, left, first).ConfigureAwait(false);
            // They may be of yesterday.
            if (result.Socket is null) _ = server.Addresses.AskAgain();
        }

        if (request.Opening is not null)
            result = await request.Opening.FinishAsync(transport, result, share - transport.Time.GetElapsedTime(started)).ConfigureAwait(false);
        return result.Socket is not null && request.Backend.Tls is { } tls
            ? await SecureAsync(server, tls, result.Socket, share - transport.Time.GetElapsedTime(started)).ConfigureAwait(false)
            : Attempt.Of(result);
    }

    /// <summary>Begins TLS to a server that has taken the connection.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<Attempt> SecureAsync(Server server, TlsOrigination tls, ISocket socket, TimeSpan timeout)
    {
        var began = transport.Time.GetTimestamp();
        var (secured, failure, reason) = await TlsSocket.ConnectAsync(socket, transport, handshakes, tls.OptionsFor(server.Host), timeout).ConfigureAwait(false);
        ShookHands?.Invoke(failure, transport.Time.GetElapsedTime(began));
        if (secured is not null) return Attempt.Of(new SocketResult(secured, SocketError.Success));

        socket.Dispose();
        if (reason is not null) NotSecured?.Invoke(server, reason);
        return Attempt.Of(failure);
    }

    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<SocketResult> ConnectAsync(IPEndPoint[] addresses, TimeSpan timeout, ReadOnlySequence<byte> first)
    {
        if (addresses.Length == 1) return await transport.ConnectAsync(addresses[0], timeout, first).ConfigureAwait(false);
        var race = _races.Rent();
        var result = await race.RunAsync(addresses, timeout, first).ConfigureAwait(false);
        _races.Return(race);
        return result;
    }

    private bool MayDialAll(Backend backend, IPEndPoint[] addresses)
    {
        foreach (var address in addresses)
        {
            if (!MayDial(backend, address)) return false;
        }
        return true;
    }

    private IPEndPoint[] Permitted(Backend backend, IPEndPoint[] addresses) => Array.FindAll(addresses, address => MayDial(backend, address));

    private bool MayDial(Backend backend, IPEndPoint address) => !own.Contains(address) && backend.Dynamic?.MayDial(address.Address) is not false;

    private static void Judge(Server server, in Attempt attempt, bool onTrial)
    {
        if (attempt.Result.Socket is not null) server.Health.Connected();
        else if (attempt.IsServers) server.Health.Failed(attempt.Result.Error, onTrial);
        else if (onTrial) server.Health.EndTrial();
    }

    private void Return(List<Server>? tried)
    {
        if (tried is null) return;
        tried.Clear();
        _lists.Return(tried);
    }
}
