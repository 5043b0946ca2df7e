using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SniForward.Telemetry;
using SniForward.Transport;
using SniForward.Transport.Epoll;

namespace SniForward.Startup.TakeOver;

/// <summary>Waits for a process that takes the place of this one: it is given the sockets, and once it serves this one is relieved.</summary>
internal sealed class Handover : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Socket _control;
    private readonly UnixSocketFile _file;
    private readonly CancellationTokenSource _stop = new();
    private readonly ILogger _logger;

    private Handover(Socket control, UnixSocketFile file, ILogger logger) => (_control, _file, _logger) = (control, file, logger);

    /// <summary>The sockets that this process listens on; asked for each time. The caller of it disposes of them.</summary>
    public required Func<IReadOnlyList<Socket>> Sockets { get; init; }

    /// <summary>Ends accepting: the other process serves. Nothing else is asked for after that.</summary>
    public required Func<Task> Relieved { get; init; }

    /// <summary>Waits on the socket at <paramref name="path"/>, which only the user of this process, and root, can open.</summary>
    /// <exception cref="SocketException">It cannot be bound.</exception>
    public static Handover Bind(string path, ILogger logger, Func<IReadOnlyList<Socket>> sockets, Func<Task> relieved)
    {
        var address = new UnixDomainSocketEndPoint(path);
        var file = UnixSocketFile.Claim(address);
        var control = UnixSocket.Bind(address);
        try
        {
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            control.Listen();
        }
        catch
        {
            control.Dispose();
            throw;
        }
        return Start(control, file, logger, sockets, relieved);
    }

    /// <summary>Waits on the socket that the process before this one waited on.</summary>
    public static Handover Adopt(Socket control, string path, ILogger logger, Func<IReadOnlyList<Socket>> sockets, Func<Task> relieved) =>
        Start(control, UnixSocketFile.At(path), logger, sockets, relieved);

    /// <summary>Waits no longer.</summary>
    public void Dispose()
    {
        // Not with somebody waiting on it: see SocketsAcceptor.
        _stop.Cancel();
        _control.Dispose();
        _file.Delete();
    }

    private static Handover Start(Socket control, UnixSocketFile file, ILogger logger, Func<IReadOnlyList<Socket>> sockets, Func<Task> relieved)
    {
        var handover = new Handover(control, file, logger) { Sockets = sockets, Relieved = relieved };
        _ = handover.RunAsync();
        return handover;
    }

    private async Task RunAsync()
    {
        var isOver = false;
        while (!isOver && !_stop.IsCancellationRequested)
        {
            try
            {
                using var successor = await _control.AcceptAsync(_stop.Token).ConfigureAwait(false);
                isOver = await HandOverAsync(successor).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                Log.TakeOverFailed(_logger, e.Message);
                await Task.Delay(Pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<bool> HandOverAsync(Socket successor)
    {
        var process = Peer.ProcessOf(successor);
        var count = await Task.Run(() => Give(successor)).ConfigureAwait(false);
        Log.SocketsGiven(_logger, count, process);
        var answer = new byte[1];
        if (await successor.ReceiveAsync(answer, _stop.Token).ConfigureAwait(false) == 0 || answer[0] != TakeOverMessage.Serving)
        {
            Log.TakeOverFailed(_logger, $"process {process} ended before it served");
            return false;
        }

        _file.Keep();
        _control.Dispose();
        Log.TakenOver(_logger, process);
        await Relieved().ConfigureAwait(false);
        await successor.SendAsync(new[] { TakeOverMessage.Gone }).ConfigureAwait(false);
        return true;
    }

    private int Give(Socket successor)
    {
        successor.SendTimeout = (int)Patience.TotalMilliseconds;
        SocketPassing.Send(successor, TakeOverMessage.Socket, _control);
        var sockets = Sockets();
        try
        {
            foreach (var socket in sockets) SocketPassing.Send(successor, TakeOverMessage.Socket, socket);
        }
        finally
        {
            foreach (var socket in sockets) socket.Dispose();
        }
        SocketPassing.Send(successor, TakeOverMessage.All, null);
        return sockets.Count;
    }
}
