using System.Net;
using System.Net.Sockets;
using SniForward.Transport.Sockets;

namespace SniForward.Tests.Transport;

public sealed class SocketInputTests : IDisposable
{
    private readonly Socket _near;
    private readonly Socket _far;
    private readonly SocketInput _input;

    public SocketInputTests()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _far.Connect(listener.LocalEndPoint!);
        _near = listener.Accept();
        _input = new SocketInput(_near);
    }

    public void Dispose()
    {
        _input.Dispose();
        _near.Dispose();
        _far.Dispose();
    }

    [Fact]
    public async Task A_read_of_nothing_waits_for_a_byte_and_leaves_it()
    {
        var wait = WaitAsync();
        Assert.False(wait.IsCompleted);

        await _far.SendAsync("x"u8.ToArray(), SocketFlags.None, TestContext.Current.CancellationToken);
        await wait.InTimeAsync();

        Assert.Equal(1, await _input.ReadAsync(new byte[10], TestContext.Current.CancellationToken).AsTask().InTimeAsync());
    }

    [Fact]
    public async Task A_read_of_nothing_waits_for_the_end()
    {
        var wait = WaitAsync();
        _far.Shutdown(SocketShutdown.Send);
        await wait.InTimeAsync();

        Assert.Equal(0, await _input.ReadAsync(new byte[10], TestContext.Current.CancellationToken).AsTask().InTimeAsync());
    }

    [Fact]
    public async Task A_reset_is_an_IOException()
    {
        var wait = WaitAsync();
        _far.LingerState = new LingerOption(true, 0);
        _far.Dispose();

        await Assert.ThrowsAsync<IOException>(() => wait.InTimeAsync());
    }

    [Fact]
    public async Task An_abort_on_this_side_is_an_IOException_before_and_during_a_wait()
    {
        var wait = WaitAsync();
        _near.Dispose();

        await Assert.ThrowsAsync<IOException>(() => wait.InTimeAsync());
        await Assert.ThrowsAsync<IOException>(() => WaitAsync().InTimeAsync());
    }

    [Fact]
    public async Task A_wait_can_be_cancelled()
    {
        using var cancel = new CancellationTokenSource();
        var wait = _input.ReadAsync(Memory<byte>.Empty, cancel.Token).AsTask();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.InTimeAsync());
    }

    private Task<int> WaitAsync() => _input.ReadAsync(Memory<byte>.Empty, TestContext.Current.CancellationToken).AsTask();
}
