using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SniForward.Telemetry;

namespace SniForward.Startup.TakeOver;

/// <summary>
/// The place that this process has among those that follow each other by <c>run --take-over</c>: it takes the sockets of the one
/// before it, and gives them to the one after it.
/// </summary>
internal sealed class Tenure : IDisposable
{
    private readonly string? _path;
    private readonly InheritedSockets _inherited;
    private Predecessor? _predecessor;
    private Handover? _handover;

    private Tenure(string? path, Predecessor? predecessor, InheritedSockets inherited) => (_path, _predecessor, _inherited) = (path, predecessor, inherited);

    /// <summary>Whether another process serves until this one does.</summary>
    public bool HasPredecessor => _predecessor is not null;

    /// <summary>Takes the sockets of the process that listens on <paramref name="path"/>, if one does; it serves on.</summary>
    /// <param name="path">Of a unix socket; null: nothing is taken over, or handed over later.</param>
    /// <param name="inherited">What the sockets are added to.</param>
    /// <exception cref="TakeOverException">A process listens there, and does not hand its sockets over.</exception>
    public static Tenure Begin(string? path, InheritedSockets inherited)
    {
        var predecessor = path is null ? null : Predecessor.Find(path);
        foreach (var socket in predecessor?.Sockets ?? []) inherited.Add(socket, $"a socket of process {predecessor!.Process}", isOfAnother: true);
        return new Tenure(path, predecessor, inherited);
    }

    /// <summary>This process serves: relieves the one before it, and waits for the one after it from now on.</summary>
    /// <param name="logger">Where it logs.</param>
    /// <param name="sockets">What this process listens on. They belong to whoever asks.</param>
    /// <param name="relieved">Ends accepting.</param>
    /// <exception cref="BindException">The path cannot be bound.</exception>
    public async Task ServeAsync(ILogger logger, Func<IReadOnlyList<Socket>> sockets, Func<Task> relieved)
    {
        if (_path is null) return;
        if (_predecessor is null)
        {
            _handover = Bind(_path, logger, sockets, relieved);
            return;
        }
        Log.TakesOver(logger, _predecessor.Process);
        await _predecessor.RelieveAsync().ConfigureAwait(false);
        _inherited.TakeOver();
        _handover = Handover.Adopt(_predecessor.Control, _path, logger, sockets, relieved);
        _predecessor.Dispose();
        _predecessor = null;
    }

    /// <summary>Nobody is waited for any more.</summary>
    public void Dispose()
    {
        _predecessor?.Dispose();
        _handover?.Dispose();
    }

    private static Handover Bind(string path, ILogger logger, Func<IReadOnlyList<Socket>> sockets, Func<Task> relieved)
    {
        try
        {
            return Handover.Bind(path, logger, sockets, relieved);
        }
        catch (SocketException e)
        {
            throw new BindException("--take-over", new UnixDomainSocketEndPoint(path), e);
        }
    }
}
