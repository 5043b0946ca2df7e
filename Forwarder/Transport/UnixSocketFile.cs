using System.Net;
using System.Net.Sockets;

namespace SniForward.Transport;

/// <summary>The file of a listening unix socket: made by bind(2), and left behind by whoever died.</summary>
internal sealed class UnixSocketFile
{
    private string? _path;

    private UnixSocketFile(string? path) => _path = path;

    /// <summary>No file.</summary>
    public static UnixSocketFile None { get; } = new(null);

    /// <summary>The file at <paramref name="path"/>, of a socket that this process listens on though it did not bind it.</summary>
    public static UnixSocketFile At(string path) => new(path);

    /// <summary>Makes room for binding <paramref name="local"/>: a file that nobody listens on any more is deleted.</summary>
    /// <exception cref="SocketException">Somebody listens there.</exception>
    public static UnixSocketFile Claim(EndPoint local)
    {
        // An abstract socket, whose name begins with a zero byte, has no file.
        if (local is not UnixDomainSocketEndPoint unix || unix.ToString() is not { Length: > 0 } path || path[0] is '@' or '\0')
            return None;

        if (File.Exists(path) && IsListenedOn(local)) throw new SocketException((int)SocketError.AddressAlreadyInUse);
        File.Delete(path);
        return new UnixSocketFile(path);
    }

    /// <summary>Another process listens there, too: the file is never deleted.</summary>
    public void Keep() => Interlocked.Exchange(ref _path, null);

    /// <summary>Deletes the file, the first time: by a second another process may listen there.</summary>
    public void Delete()
    {
        if (Interlocked.Exchange(ref _path, null) is { } path) File.Delete(path);
    }

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
