using System.Net;
using System.Net.Sockets;
using SniForward.Selecting;
using SniForward.Telemetry;
using SniForward.Transport;
using SniForward.Transport.Epoll;

namespace SniForward.Startup;

/// <summary>
/// Sockets that listened before this process began: who started it made them and keeps them, so that clients are not refused
/// while there is no process. They stay open until this is disposed, used or not; those of another process, whose place this one
/// takes, until that has gone.
/// </summary>
internal sealed class InheritedSockets : IDisposable
{
    private const int FirstDescriptor = 3;
    private const int SocketLevel = 1, IsListening = 30;

    private readonly List<(Socket Socket, string Text)> _sockets = [];
    private readonly Dictionary<EndPoint, UnixSocketFile> _filesOfAnother = [];
    private readonly HashSet<EndPoint> _unwanted = [];
    private readonly HashSet<Socket> _ofAnother = [];
    private readonly Lock _lock = new();
    private readonly List<string> _unusable = [];

    private InheritedSockets()
    {
    }

    /// <summary>Nothing was given.</summary>
    public static InheritedSockets None { get; } = new();

    /// <summary>Why some of what was given cannot be used, a clause for each.</summary>
    public IReadOnlyList<string> Unusable => _unusable;

    /// <summary>Takes what systemd, or who acts like it, gave this process, and the variables that say so out of the environment.</summary>
    public static InheritedSockets Take()
    {
        var inherited = new InheritedSockets();
        var given = ListenVariables.Read(TakeVariable("LISTEN_PID"), TakeVariable("LISTEN_FDS"), TakeVariable("LISTEN_FDNAMES"), Environment.ProcessId);
        if (given.Error is { } error) inherited._unusable.Add(error);
        if (!OperatingSystem.IsLinux()) return inherited;
        foreach (var (i, name) in given.Names.Index())
        {
            var what = $"descriptor {FirstDescriptor + i}, \"{Printable.Text(name)}\"";
            try
            {
                inherited.Add(Descriptor.Own(FirstDescriptor + i), what);
            }
            catch (SocketException)
            {
                inherited.Refuse(what);
            }
        }
        return inherited;
    }

    /// <summary>Those that are bound to <paramref name="address"/>.</summary>
    public IReadOnlyList<Socket> At(EndPoint address)
    {
        lock (_lock) return [.. _sockets.Select(given => given.Socket).Where(socket => address.Equals(socket.LocalEndPoint))];
    }

    /// <summary>The file of the socket at <paramref name="address"/>, if that is of another process: who adopts the socket deletes it in the end.</summary>
    public UnixSocketFile FileAt(EndPoint address) => _filesOfAnother.GetValueOrDefault(address, UnixSocketFile.None);

    /// <summary>The other process has gone: what was its own is this one's, and whoever has adopted a socket has it alone.</summary>
    public void TakeOver()
    {
        lock (_lock) _sockets.RemoveAll(given => _ofAnother.Contains(given.Socket));
        foreach (var socket in _ofAnother) socket.Dispose();
        foreach (var (address, file) in _filesOfAnother)
        {
            file.Own();
            if (_unwanted.Contains(address)) file.Delete();
        }
    }

    /// <summary>Closes those whose address is none of <paramref name="wanted"/>, and says which they were.</summary>
    public IReadOnlyList<string> CloseOthers(IReadOnlyCollection<EndPoint> wanted)
    {
        var others = _sockets.Where(given => !wanted.Contains(given.Socket.LocalEndPoint!)).ToList();
        foreach (var other in others)
        {
            _unwanted.Add(other.Socket.LocalEndPoint!);
            other.Socket.Dispose();
            _sockets.Remove(other);
        }
        return [.. others.Select(other => other.Text)];
    }

    public void Dispose()
    {
        foreach (var (socket, _) in _sockets) socket.Dispose();
    }

    /// <summary>Takes one more.</summary>
    /// <param name="socket">It belongs to this from now on.</param>
    /// <param name="what">As people may know it.</param>
    /// <param name="isOfAnother">Whether it is of another process, which serves until this one does.</param>
    public void Add(Socket socket, string what, bool isOfAnother = false)
    {
        Span<byte> listens = stackalloc byte[sizeof(int)];
        socket.GetRawSocketOption(SocketLevel, IsListening, listens);
        if (socket.SocketType == SocketType.Stream && listens[0] != 0 && socket.LocalEndPoint is { } address)
        {
            _sockets.Add((socket, $"{what}, at {Server.NameOf(address)}"));
            if (!isOfAnother) return;
            _ofAnother.Add(socket);
            _filesOfAnother[address] = UnixSocketFile.OfAnother(address);
            return;
        }
        socket.Dispose();
        Refuse(what);
    }

    private void Refuse(string what) => _unusable.Add($"{what}, is no stream socket that listens");

    private static string? TakeVariable(string name)
    {
        var value = Environment.GetEnvironmentVariable(name);
        Environment.SetEnvironmentVariable(name, null);
        return value;
    }
}
