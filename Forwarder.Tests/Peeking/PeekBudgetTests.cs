using System.IO.Pipelines;
using System.Text;
using SniForward.Peeking;

namespace SniForward.Tests.Peeking;

public sealed class PeekBudgetTests
{
    private const int Limit = 1 << 20;
    private const string Head = "GET / HTTP/1.1\r\nHost: a.example\r\nX: ";

    // Inline, so that a write has been peeked at when it returns.
    private static readonly PipeOptions Inline = new(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 0, useSynchronizationContext: false);

    private readonly PeekBudget _budget = new(Limit);

    [Fact]
    public void It_is_taken_to_the_last_byte_and_no_further()
    {
        Assert.True(_budget.TryTake(Limit - 1));
        Assert.False(_budget.TryTake(2));
        Assert.True(_budget.TryTake(1));
        Assert.False(_budget.TryTake(1));
        _budget.Give(Limit);

        Assert.Equal(0, _budget.Taken);
        Assert.True(_budget.TryTake(Limit));
    }

    [Fact]
    public async Task Threads_that_take_and_give_never_hold_more_and_leave_nothing_behind()
    {
        var most = 0L;
        await Task.WhenAll(Enumerable.Range(1, 8).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                var bytes = thread * 50_000;
                if (!_budget.TryTake(bytes)) continue;
                var taken = _budget.Taken;
                if (taken > Limit) Interlocked.Exchange(ref most, taken);
                _budget.Give(bytes);
            }
        })));

        Assert.Equal((0, 0), (most, _budget.Taken));
    }

    [Theory]
    [InlineData(4095, 0)]
    [InlineData(4096, 12 * 1024)]
    [InlineData(16_383, 12 * 1024)]
    [InlineData(16_384, 60 * 1024)]
    [InlineData(65_000, 60 * 1024)]
    public async Task A_flight_takes_what_its_buffers_hold_beyond_the_first(int length, int taken)
    {
        var pipe = new Pipe(Inline);
        var peek = new Peek(_budget);

        var run = peek.RunAsync(pipe.Reader, Protocols.Http, Arrivals.MaxBytes);
        await WriteAsync(pipe, Head.PadRight(length, 'x'));

        Assert.Equal((false, taken), (run.IsCompleted, _budget.Taken));
        await WriteAsync(pipe, "\r\n\r\n");
        Assert.Equal(PeekAnswer.Found, await run);
        Assert.Equal(taken, _budget.Taken);
        peek.Release();
        peek.Release();
        Assert.Equal(0, _budget.Taken);
    }

    [Fact]
    public async Task A_PROXY_header_and_what_follows_share_one_buffer()
    {
        const string Header = "PROXY TCP4 10.0.0.7 198.51.100.2 56324 443\r\n";
        var pipe = new Pipe(Inline);
        var peek = new Peek(_budget);

        await WriteAsync(pipe, Header + Head.PadRight(4096 - Header.Length, 'x'));
        Assert.Equal(PeekAnswer.Found, await peek.ReadProxyHeaderAsync(pipe.Reader, Arrivals.MaxBytes));
        Assert.Equal(0, _budget.Taken);
        var run = peek.RunAsync(pipe.Reader, Protocols.Http, Arrivals.MaxBytes);

        Assert.Equal(12 * 1024, _budget.Taken);
        await pipe.Writer.CompleteAsync();
        Assert.Equal(PeekAnswer.Ended, await run);
    }

    [Theory]
    [InlineData(Head, Protocols.Http)]
    [InlineData("PROPFIND /", Protocols.Http)]
    [InlineData("\x16\x03\x01\x40\x00\x01\x00\x3f\xfc\x03\x03", Protocols.Tls)]
    public async Task One_that_is_refused_more_says_so_keeps_its_protocol_and_what_it_took(string beginning, object protocol)
    {
        var pipe = new Pipe(Inline);
        var peek = new Peek(_budget);
        Assert.True(_budget.TryTake(Limit - 20 * 1024));

        var run = peek.RunAsync(pipe.Reader, Protocols.Http | Protocols.Tls, Arrivals.MaxBytes);
        await WriteAsync(pipe, beginning.PadRight(5000, 'x'));
        Assert.False(run.IsCompleted);
        await WriteAsync(pipe, new string('x', 11_384));

        Assert.Equal(PeekAnswer.NoMemory, await run);
        Assert.Equal((Protocols)protocol, peek.Result.Protocol);
        Assert.Equal(Limit - 8 * 1024, _budget.Taken);
        peek.Release();
        Assert.Equal(Limit - 20 * 1024, _budget.Taken);
    }

    private static async Task WriteAsync(Pipe pipe, string text) =>
        await pipe.Writer.WriteAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);
}
