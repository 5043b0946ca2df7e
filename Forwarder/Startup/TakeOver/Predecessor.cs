using System.Net.Sockets;
using SniForward.Transport.Epoll;

namespace SniForward.Startup.TakeOver;

/// <summary>A process that runs already, and whose place this one takes: it gives its sockets away, and goes on until this one serves.</summary>
internal sealed class Predecessor : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Socket _conversation;
    private readonly List<Socket> _sockets = [];

    private Predecessor(Socket conversation) => (_conversation, Process) = (conversation, Peer.ProcessOf(conversation));

    /// <summary>The id of the process.</summary>
    public int Process { get; }

    /// <summary>The socket that processes ask for the others. It belongs, as they do, to whoever takes it.</summary>
    public Socket Control => _sockets[0];

    /// <summary>What it listens on.</summary>
    public IEnumerable<Socket> Sockets => _sockets.Skip(1);

    /// <summary>Whoever listens on <paramref name="path"/>, with its sockets; null if nobody does.</summary>
    /// <exception cref="TakeOverException">It does not hand them over.</exception>
    public static Predecessor? Find(string path)
    {
        var conversation = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            ReceiveTimeout = (int)Patience.TotalMilliseconds,
            SendTimeout = (int)Patience.TotalMilliseconds,
        };
        try
        {
            conversation.Connect(new UnixDomainSocketEndPoint(path));
        }
        // .NET's word for a file that is not there is the last.
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable)
        {
            conversation.Dispose();
            return null;
        }
        catch (SocketException e)
        {
            conversation.Dispose();
            throw new TakeOverException(path, $"{e.Message}; run as its user, or as root");
        }

        var predecessor = new Predecessor(conversation);
        try
        {
            predecessor.ReceiveSockets();
            return predecessor;
        }
        catch (Exception e) when (e is SocketException or InvalidDataException)
        {
            predecessor.Dispose();
            predecessor._sockets.ForEach(socket => socket.Dispose());
            throw new TakeOverException(path, $"{Why(e)}; is it \"sniforward run --take-over\", of this version or one near it?");
        }
    }

    /// <summary>Says that this process serves, and waits until the other accepts no more.</summary>
    public async Task RelieveAsync()
    {
        var answer = new byte[1];
        using var deadline = new CancellationTokenSource(Patience);
        try
        {
            await _conversation.SendAsync(new[] { TakeOverMessage.Serving }).ConfigureAwait(false);
            await _conversation.ReceiveAsync(answer, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // It is gone by itself, or takes its time: this process serves, whatever it does.
        }
    }

    public void Dispose() => _conversation.Dispose();

    private static string Why(Exception e) => e is SocketException { SocketErrorCode: SocketError.WouldBlock } ? "it does not answer" : e.Message;

    private void ReceiveSockets()
    {
        while (true)
        {
            switch (SocketPassing.Receive(_conversation))
            {
                case (TakeOverMessage.Socket, { } socket):
                    _sockets.Add(socket);
                    break;
                case (TakeOverMessage.All, null) when _sockets.Count > 0:
                    return;
                case null:
                    throw new InvalidDataException("it ended before it had given all of its sockets");
                case (_, var unexpected):
                    unexpected?.Dispose();
                    throw new InvalidDataException("it says what is not understood");
            }
        }
    }
}
