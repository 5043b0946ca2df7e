using System.Buffers;
using System.IO.Pipelines;
using SniForward.Peeking;

namespace SniForward.Tests.Peeking;

/// <summary>What a peek may cost: no allocation, and work linear in the bytes, whoever sends them and however.</summary>
/// <remarks>Alone, because a collection that other tests cause empties the array pool.</remarks>
[CollectionDefinition(nameof(PeekCostTests), DisableParallelization = true)]
[Collection(nameof(PeekCostTests))]
public sealed class PeekCostTests
{
    private static readonly byte[] Hello = HelloBuilder.Modern("app.example.com").Records();
    private static readonly byte[] Fragmented = HelloBuilder.Modern("app.example.com").Records(200);
    private static readonly byte[] Head = "GET / HTTP/1.1\r\nUser-Agent: x\r\nHost: app.example.com\r\n\r\n"u8.ToArray();

    [Fact]
    public void Parsing_a_hello_allocates_nothing()
    {
        ReadOnlySequence<byte>[] arrivals = [new(Hello), new(Fragmented), Arrivals.TwoSegments(Hello, 700), Arrivals.Segments(Fragmented, 100)];

        Allocations.AssertNone(() =>
        {
            foreach (var received in arrivals)
            {
                var result = new PeekResult();
                Assert.True(new ClientHello().Read(received, Arrivals.MaxBytes, ref result) is PeekAnswer.Found);
            }
        });
    }

    [Fact]
    public void Parsing_a_head_allocates_nothing()
    {
        ReadOnlySequence<byte>[] arrivals = [new(Head), Arrivals.TwoSegments(Head, 40), Arrivals.Segments(Head, 1)];

        Allocations.AssertNone(() =>
        {
            foreach (var received in arrivals)
            {
                var result = new PeekResult();
                Assert.True(new HttpHead().Read(received, Arrivals.MaxBytes, ref result) is PeekAnswer.Found);
            }
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_peek_allocates_nothing_even_while_it_waits(bool isWaiting)
    {
        var peek = new Peek(PeekBudget.Unlimited);
        var pipe = new Pipe(new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false));

        Allocations.AssertNone(() =>
        {
            Write(pipe, Hello.AsSpan(0, 1000));
            if (!isWaiting) Write(pipe, Hello.AsSpan(1000));
            var answer = peek.RunAsync(pipe.Reader, Protocols.Tls, Arrivals.MaxBytes);
            Assert.True(answer.IsCompleted != isWaiting);
            if (isWaiting) Write(pipe, Hello.AsSpan(1000));

            Assert.True(answer.IsCompleted);
            Assert.True(answer.GetAwaiter().GetResult() is PeekAnswer.Found);

            // The next connection: a new pipe would allocate, so this one is emptied.
            Assert.True(pipe.Reader.TryRead(out var read));
            pipe.Reader.AdvanceTo(read.Buffer.End);
        });
    }

    /// <summary>Whoever walked them again from the start would fall over what stands there now.</summary>
    [Fact]
    public void A_byte_of_a_record_that_was_walked_is_not_looked_at_until_the_hello_is_whole()
    {
        var bytes = HelloBuilder.For("app.example.com").Records();
        var large = (HelloBuilder.For("app.example.com") with { Extensions = [HelloBuilder.ServerName("app.example.com"), HelloBuilder.Padding(10_500)] }).Records(1);
        Assert.InRange(large.Length, 60_000, Arrivals.MaxBytes);

        foreach (var hello in new[] { bytes, large })
        {
            // A record header is looked at once it is whole: its last five bytes are what may be needed again.
            AssertLooksBackAtMost(5, hello.Length, hello, Arrivals.NewHello(), 0xee);
        }
    }

    [Fact]
    public void A_byte_of_a_line_that_was_searched_is_not_looked_at_until_the_line_is_whole()
    {
        byte[] head = [.. "GET /"u8, .. HelloBuilder.Filled(60_000, 0x61), .. " HTTP/1.1\r\nHost: app.example.com\r\n\r\n"u8];
        var endOfLine = head.AsSpan().IndexOf((byte)'\n') + 1;

        AssertLooksBackAtMost(5, endOfLine, head, Arrivals.NewHead(), (byte)'\n');
    }

    [Fact]
    public void A_line_that_was_parsed_is_not_looked_at_again()
    {
        byte[] head = [.. "GET / HTTP/1.1\r\nHost: app.example.com\r\n"u8, .. Enumerable.Range(0, 6000).SelectMany(_ => "A: b\r\n"u8.ToArray()), .. "\r\n"u8];

        // The longest line of this head is its second, of 23 bytes.
        AssertLooksBackAtMost(23, head.Length, head, Arrivals.NewHead(), (byte)'\n');
    }

    /// <summary>
    /// Delivers a byte at a time, and until <paramref name="whole"/> have come, overwrites all that came before the
    /// last <paramref name="kept"/> with <paramref name="trap"/>.
    /// </summary>
    private static void AssertLooksBackAtMost(int kept, int whole, byte[] bytes, Parser parser, byte trap)
    {
        var received = new byte[bytes.Length];
        var result = new PeekResult();
        for (var length = 1; length <= bytes.Length; length++)
        {
            received[length - 1] = bytes[length - 1];
            if (length > kept) received[length - 1 - kept] = trap;
            if (length >= whole) bytes.AsSpan(0, length).CopyTo(received);

            var answer = parser(new ReadOnlySequence<byte>(received, 0, length), Arrivals.MaxBytes, ref result);
            Assert.Equal(length < bytes.Length ? PeekAnswer.NeedMore : PeekAnswer.Found, answer);
        }
    }

    private static void Write(Pipe pipe, ReadOnlySpan<byte> bytes)
    {
        pipe.Writer.Write(bytes);
        AssertDone(pipe.Writer.FlushAsync());
    }

    private static void AssertDone(ValueTask<FlushResult> flush) => Assert.True(flush.IsCompletedSuccessfully);
}
