using System.Net;
using System.Net.Sockets;
using SniForward.Transport;
using SniForward.Transport.Sockets;

namespace SniForward.Tests.Transport;

public sealed class StreamSocketTests
{
    private const int Times = 3000;

    [Fact]
    public async Task The_peers_end_is_no_reset_when_this_side_ends_at_the_same_time()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var sink = new StreamSocket(Connect(listener).Near, TimeProvider.System);
        var ends = new Dictionary<MoveEnd, int>();

        for (var i = 0; i < Times; i++)
        {
            var (near, far) = Connect(listener);
            using var source = new StreamSocket(near, TimeProvider.System);
            far.Shutdown(SocketShutdown.Send);
            var observer = new Observer();
            var isReady = false;
            var delay = i % 1000;
            var ending = Task.Run(
                () =>
                {
                    Volatile.Write(ref isReady, true);
                    Thread.SpinWait(delay);
                    source.ShutdownSend();
                },
                TestContext.Current.CancellationToken);
            while (!Volatile.Read(ref isReady)) Thread.SpinWait(1);
            source.Move(sink, observer, 0, long.MaxValue);

            var end = await observer.End.Task.InTimeAsync();
            ends[end] = ends.GetValueOrDefault(end) + 1;
            await ending.InTimeAsync();
            far.Dispose();
        }

        Assert.Equal(new() { [MoveEnd.SourceEnded] = Times }, ends);
    }

    private static (Socket Near, Socket Far) Connect(Socket listener)
    {
        var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        far.Connect(listener.LocalEndPoint!);
        return (listener.Accept(), far);
    }

    private sealed class Observer : IMoveObserver
    {
        public TaskCompletionSource<MoveEnd> End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Moved(ISocket source, int bytes)
        {
        }

        public void Ended(ISocket source, MoveEnd end) => End.TrySetResult(end);
    }
}
