using System.Net.Sockets;

namespace SniForward.Accepting;

/// <summary>
/// A descriptor that is held for nothing, so that when no other is left one can be let go of, to accept a client with and
/// tell it by closing that it cannot be served. For one thread at a time.
/// </summary>
/// <param name="family">Of a socket that the process may have: it is never bound nor connected.</param>
internal sealed class SpareDescriptor(AddressFamily family) : IDisposable
{
    private Socket? _held;

    /// <summary>Holds one, if it does not yet. False if none is free.</summary>
    public bool TryHold()
    {
        if (_held is not null) return true;
        try
        {
            _held = new Socket(family, SocketType.Stream, ProtocolType.Unspecified);
            return true;
        }
        catch (SocketException e)
        {
            // For any other reason it does without: nobody is to be turned away for that.
            return e.SocketErrorCode != SocketError.TooManyOpenSockets;
        }
    }

    /// <summary>Lets go of it; false if it holds none.</summary>
    public bool TryRelease()
    {
        if (_held is null) return false;
        _held.Dispose();
        _held = null;
        return true;
    }

    public void Dispose() => TryRelease();
}
