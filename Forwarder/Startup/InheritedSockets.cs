using System.Net;
using System.Net.Sockets;
using SniForward.Selecting;
using SniForward.Telemetry;
using SniForward.Transport.Epoll;

namespace SniForward.Startup;

/// <summary>
/// Sockets that listened before this process began: who started it made them and keeps them, so that clients are not refused
/// while there is no process. They stay open until this is disposed, used or not.
/// </summary>
internal sealed class InheritedSockets : IDisposable
{
    private const int FirstDescriptor = 3;
    private const int SocketLevel = 1, IsListening = 30;

    private readonly List<(Socket Socket, string Text)> _sockets = [];
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
    public IReadOnlyList<Socket> At(EndPoint address) => [.. _sockets.Select(given => given.Socket).Where(socket => address.Equals(socket.LocalEndPoint))];

    /// <summary>Closes those whose address is none of <paramref name="wanted"/>, and says which they were.</summary>
    public IReadOnlyList<string> CloseOthers(IReadOnlyCollection<EndPoint> wanted)
    {
        var others = _sockets.Where(given => !wanted.Contains(given.Socket.LocalEndPoint!)).ToList();
        foreach (var other in others)
        {
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
    public void Add(Socket socket, string what)
    {
        Span<byte> listens = stackalloc byte[sizeof(int)];
        socket.GetRawSocketOption(SocketLevel, IsListening, listens);
        if (socket.SocketType == SocketType.Stream && listens[0] != 0 && socket.LocalEndPoint is { } address)
        {
            _sockets.Add((socket, $"{what}, at {Server.NameOf(address)}"));
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
