using System.Net.Sockets;

namespace SniForward.Bench.Load.Tls;

/// <summary>One connection of OpenSSL's client; every call blocks. It is not to be used by two threads.</summary>
internal sealed class TlsClient(Socket socket, nint tls) : IDisposable
{
    /// <summary>Whether the handshake was short, as it resumed a session.</summary>
    public bool IsResumed => OpenSsl.IsResumed(tls) == 1;

    /// <exception cref="IOException">The handshake failed.</exception>
    public void ShakeHands(string name, nint session)
    {
        if (OpenSsl.SetDescriptor(tls, (int)socket.Handle) != 1) throw new IOException("OpenSSL does not take the socket.");
        OpenSsl.Control(tls, OpenSsl.SetHostName, 0, name);
        if (session != 0 && OpenSsl.SetSession(tls, session) != 1) throw new IOException("OpenSSL does not take the session.");
        if (OpenSsl.Connect(tls) != 1) throw new IOException("The handshake failed.");
    }

    /// <exception cref="IOException">The connection ended.</exception>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        if (OpenSsl.Write(tls, bytes, bytes.Length) <= 0) throw new IOException("Nothing more can be sent.");
    }

    /// <summary>How many bytes came.</summary>
    /// <exception cref="IOException">The connection ended.</exception>
    public int Receive(Span<byte> buffer)
    {
        var received = OpenSsl.Read(tls, buffer, buffer.Length);
        return received > 0 ? received : throw new IOException("The connection ended before the answer.");
    }

    /// <summary>Waits for as many bytes as fit.</summary>
    /// <exception cref="IOException">The connection ended.</exception>
    public void ReceiveAll(Span<byte> buffer)
    {
        while (!buffer.IsEmpty) buffer = buffer[Receive(buffer)..];
    }

    /// <summary>What the next connection may resume; to be freed.</summary>
    public nint GetSession() => OpenSsl.GetSession(tls);

    /// <summary>Ends what another thread is waiting for; it throws there.</summary>
    public void Cut() => socket.Shutdown(SocketShutdown.Both);

    public void Dispose()
    {
        _ = OpenSsl.Shutdown(tls);
        OpenSsl.Free(tls);
        socket.Dispose();
    }
}
