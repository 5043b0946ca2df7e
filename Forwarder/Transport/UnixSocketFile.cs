using System.Net;
using System.Net.Sockets;

namespace SniForward.Transport;

/// <summary>The file of a listening unix socket: made by bind(2), and left behind by whoever died.</summary>
internal sealed class UnixSocketFile
{
    private readonly string? _file;
    private string? _path;

    private UnixSocketFile(string? file, bool isOwn = true) => (_file, _path) = (file, isOwn ? file : null);

    /// <summary>No file.</summary>
    public static UnixSocketFile None { get; } = new(null);

    /// <summary>The file at <paramref name="path"/>, of a socket that this process listens on though it did not bind it.</summary>
    public static UnixSocketFile At(string path) => new(path);

    /// <summary>The file of a socket at <paramref name="local"/> that another process bound and serves; until <see cref="Own"/> it is left alone.</summary>
    public static UnixSocketFile OfAnother(EndPoint local) => PathOf(local) is { } path ? new UnixSocketFile(path, isOwn: false) : None;

    /// <summary>Makes room for binding <paramref name="local"/>: a file that nobody listens on any more is deleted.</summary>
    /// <exception cref="SocketException">Somebody listens there.</exception>
    public static UnixSocketFile Claim(EndPoint local)
    {
        if (PathOf(local) is not { } path) return None;
        if (File.Exists(path) && IsListenedOn(local)) throw new SocketException((int)SocketError.AddressAlreadyInUse);
        File.Delete(path);
        return new UnixSocketFile(path);
    }

    /// <summary>Another process listens there, too: the file is never deleted.</summary>
    public void Keep() => Interlocked.Exchange(ref _path, null);

    /// <summary>The process that bound it has gone: from now on it is this one's to delete.</summary>
    public void Own() => Volatile.Write(ref _path, _file);

    /// <summary>Deletes the file, the first time: by a second another process may listen there.</summary>
    public void Delete()
    {
        if (Interlocked.Exchange(ref _path, null) is { } path) File.Delete(path);
    }

    /// <summary>Null: it has no file. An abstract socket, whose name begins with a zero byte, has none.</summary>
    private static string? PathOf(EndPoint local) =>
        local is UnixDomainSocketEndPoint unix && unix.ToString() is { Length: > 0 } path && path[0] is not ('@' or '\0') ? path : null;

    private static bool IsListenedOn(EndPoint local)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(local);
            return true;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode != SocketError.ConnectionRefused;
        }
    }
}
