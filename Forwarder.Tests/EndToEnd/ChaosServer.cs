using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace SniForward.Tests.EndToEnd;

/// <summary>A server on one port for as long as a run takes, at which anything may be wrong, and right again.</summary>
internal sealed class ChaosServer : IDisposable
{
    private readonly Lock _lock = new();
    private readonly HashSet<Socket> _open = [];
    private Socket? _listener;
    private DeafServer? _deaf;
    private long _brokenUntil = long.MaxValue;
    private int _answers;

    public ChaosServer()
    {
        Port = FreePort();
        Become(ChaosFault.None);
    }

    public int Port { get; }

    public ChaosFault Fault { get; private set; }

    /// <summary>How many requests it has answered in full.</summary>
    public int Answers => Volatile.Read(ref _answers);

    /// <summary>Whether anything was wrong with it at <paramref name="timestamp"/>, of <see cref="Stopwatch"/>, or later.</summary>
    public bool WasBrokenSince(long timestamp) => Volatile.Read(ref _brokenUntil) >= timestamp;

    /// <summary>From now on <paramref name="fault"/> is what is wrong with it.</summary>
    public void Become(ChaosFault fault)
    {
        Volatile.Write(ref _brokenUntil, long.MaxValue);
        Fault = fault;
        Close();
        if (fault == ChaosFault.Killed) ResetAll();
        if (fault == ChaosFault.Deaf) _deaf = DeafServer.Start(Port);
        else if (fault is not (ChaosFault.Killed or ChaosFault.Closed)) Listen(fault);
        if (fault == ChaosFault.None) Volatile.Write(ref _brokenUntil, Stopwatch.GetTimestamp());
    }

    public void Dispose()
    {
        Close();
        ResetAll();
    }

    private void Close()
    {
        _listener?.Dispose();
        _deaf?.Dispose();
        (_listener, _deaf) = (null, null);
    }

    private void Listen(ChaosFault fault)
    {
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, Port));
        _listener.Listen(1024);
        _ = AcceptAllAsync(_listener, fault);
    }

    private void ResetAll()
    {
        lock (_lock)
        {
            foreach (var socket in _open) Reset(socket);
            _open.Clear();
        }
    }

    private async Task AcceptAllAsync(Socket listener, ChaosFault fault)
    {
        try
        {
            while (true)
            {
                var socket = await listener.AcceptAsync();
                lock (_lock) _open.Add(socket);
                // Killed while this one was accepted.
                if (Fault == ChaosFault.Killed) ResetAll();
                else _ = ServeAsync(socket, fault);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It listens no more.
        }
    }

    private async Task ServeAsync(Socket socket, ChaosFault fault)
    {
        try
        {
            if (fault != ChaosFault.Resets) await AnswerAsync(socket, fault == ChaosFault.DiesHalfway);
            if (fault != ChaosFault.None) Reset(socket);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The client is gone, or this server is.
        }
        finally
        {
            lock (_lock) _open.Remove(socket);
            socket.Dispose();
        }
    }

    private async Task AnswerAsync(Socket socket, bool halfway)
    {
        using var stream = new NetworkStream(socket);
        var answer = (await ChaosRequest.ReadAsync(stream)).Answer();
        await stream.WriteAsync(answer.AsMemory(0, halfway ? answer.Length / 2 : answer.Length));
        if (halfway) return;
        Interlocked.Increment(ref _answers);
        socket.Shutdown(SocketShutdown.Send);
        await stream.CopyToAsync(Stream.Null);
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }
        socket.Dispose();
    }

    /// <summary>
    /// One that no connection is given as its own while nobody listens there: below the range of those. A connection to
    /// such a port could even reach itself.
    /// </summary>
    private static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                socket.Listen();
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Another, then.
            }
        }
    }
}
