using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using SniForward.Peeking;

namespace SniForward.Tests.Peeking;

public sealed class PeekTests
{
    private const Protocols Both = Protocols.Tls | Protocols.Http;
    private const Protocols All = Both | Protocols.H2c;

    // Inline, so that a write has been peeked at when it returns.
    private static readonly PipeOptions Inline = new(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 0, useSynchronizationContext: false);

    private static readonly byte[] Hello = HelloBuilder.For("app.example.com", "h2").Records();
    private static readonly byte[] Head = "GET / HTTP/1.1\r\nHost: app.example.com\r\n\r\n"u8.ToArray();

    private static readonly Dictionary<string, (byte[] Bytes, Finding Expected)> Flights =
        ClientHelloTests.WholeVectors.Select(vector => KeyValuePair.Create("TLS: " + vector.Key, vector.Value))
            .Concat(HttpHeadTests.WholeVectors.Select(vector => KeyValuePair.Create("HTTP: " + vector.Key, vector.Value)))
            .Concat(Http2PrefaceTests.WholeVectors.Where(vector => vector.Value.Bytes.Length < 1000).Select(vector => KeyValuePair.Create("HTTP/2: " + vector.Key, vector.Value)))
            .ToDictionary();

    private readonly Peek _peek = new(PeekBudget.Unlimited);

    public static TheoryData<string> FlightNames => [.. Flights.Keys];

    [Theory]
    [MemberData(nameof(FlightNames))]
    public async Task A_first_flight_in_two_deliveries_is_found_and_every_byte_is_still_there(string flight)
    {
        var (bytes, expected) = Flights[flight];
        for (var at = 0; at <= bytes.Length; at++)
        {
            var pipe = new Pipe(Inline);
            var reader = new CountingReader(pipe.Reader);
            if (at > 0) await WriteAsync(pipe, bytes[..at]);
            var peek = _peek.RunAsync(reader, All, Arrivals.MaxBytes);
            await WriteAsync(pipe, bytes[at..]);

            Assert.Equal(expected, Finding.Of(await peek, _peek.Result));
            Assert.InRange(reader.Reads, 1, 3);
            await pipe.Writer.CompleteAsync();
            Assert.Equal(bytes, await ReadAllAsync(pipe.Reader));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Each_delivery_of_one_byte_is_read_once(bool isTls)
    {
        var bytes = isTls ? Hello : Head;
        var pipe = new Pipe(Inline);
        var reader = new CountingReader(pipe.Reader);
        var peek = _peek.RunAsync(reader, Both, Arrivals.MaxBytes);
        foreach (var one in bytes)
        {
            Assert.False(peek.IsCompleted);
            await WriteAsync(pipe, [one]);
        }

        Assert.Equal(PeekAnswer.Found, await peek);
        Assert.Equal(bytes.Length, reader.Reads);
        Assert.Equal(bytes.Length, _peek.Result.Length);
    }

    [Theory]
    [InlineData("\x16\x03", Protocols.Tls, null)]
    [InlineData("\x16\x03", Protocols.Http, PeekAnswer.NotAccepted)]
    [InlineData("\x16\x03", Protocols.Http | Protocols.Any, PeekAnswer.NotMine)]
    [InlineData("\x16\x03", Protocols.Any, PeekAnswer.NotMine)]
    [InlineData("\x16", Protocols.Http, null)]
    [InlineData("\x15\x03", Protocols.Tls, PeekAnswer.Malformed)]
    [InlineData("\x15\x03", Protocols.Http, PeekAnswer.NotAccepted)]
    [InlineData("\x16\x02", Both, PeekAnswer.NotMine)]
    [InlineData("GET ", Protocols.Http, null)]
    [InlineData("GET ", Protocols.Tls, PeekAnswer.NotAccepted)]
    [InlineData("GET ", Protocols.Tls | Protocols.Any, PeekAnswer.NotMine)]
    [InlineData("GET ", Protocols.Any, PeekAnswer.NotMine)]
    [InlineData("GET", Protocols.Tls, null)]
    [InlineData("FOO / HTTP/1.1\r\n", Protocols.Tls, PeekAnswer.NotAccepted)]
    [InlineData("SSH-2.0-x\r", Both, PeekAnswer.NotAccepted)]
    [InlineData("SSH-2.0-", Both | Protocols.Ssh, PeekAnswer.NoName)]
    [InlineData("SSH-2.0", Both | Protocols.Ssh, null)]
    [InlineData("SSH-2.1-", Both | Protocols.Ssh, null)]
    [InlineData("SSH-2.1-x\r", Both | Protocols.Ssh, PeekAnswer.NotMine)]
    [InlineData("SSH-1.99-", Protocols.Ssh, PeekAnswer.NoName)]
    [InlineData("SSHOW / HTTP/1.1\r\n", Protocols.Ssh, PeekAnswer.NotAccepted)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Both, PeekAnswer.NotAccepted)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Both | Protocols.H2c, null)]
    [InlineData("PR", Both, null)]
    [InlineData("\0\0", Both, PeekAnswer.NotMine)]
    [InlineData("\0\0", Both | Protocols.Postgres, null)]
    [InlineData("\0\0\0\x08\x04\xd2\x16\x2f", Both, PeekAnswer.NotMine)]
    [InlineData("\0\0\0\x08\x04\xd2\x16\x2f", Protocols.Postgres, PeekAnswer.AwaitsAnswer)]
    [InlineData("\0\0\0\x10\x04\xd2\x16\x2e", Protocols.Postgres, PeekAnswer.NoName)]
    [InlineData("\0\0\0\x08\x04\xd2\x16\x31", Protocols.Postgres, PeekAnswer.NotMine)]
    [InlineData("\0\0\0\x08\x04\xd2\x16\x31", Protocols.Postgres | Protocols.Any, PeekAnswer.NotMine)]
    [InlineData("SSH-2.0-x\r", Both | Protocols.Any, PeekAnswer.NotMine)]
    [InlineData("\x03\x00\x00\x13", Both, PeekAnswer.NotMine)]
    [InlineData("\0", Both, PeekAnswer.NotMine)]
    public async Task What_a_listener_does_not_accept_is_answered_as_soon_as_it_is_certain(string text, object accepted, object? expected)
    {
        var pipe = new Pipe(Inline);
        await WriteAsync(pipe, Encoding.Latin1.GetBytes(text));

        var peek = _peek.RunAsync(pipe.Reader, (Protocols)accepted, Arrivals.MaxBytes);

        Assert.Equal(expected is not null, peek.IsCompleted);
        if (expected is null) pipe.Reader.CancelPendingRead();
        Assert.Equal(expected ?? PeekAnswer.TimedOut, await peek);
    }

    [Theory]
    [InlineData(Protocols.Http, PeekAnswer.NotAccepted)]
    [InlineData(Protocols.Http | Protocols.Any, PeekAnswer.NotMine)]
    public async Task A_protocol_that_is_not_accepted_leaves_no_name(object accepted, object expected)
    {
        var pipe = new Pipe(Inline);
        await WriteAsync(pipe, Hello);

        var answer = await _peek.RunAsync(pipe.Reader, (Protocols)accepted, Arrivals.MaxBytes);

        Assert.Equal(Of((PeekAnswer)expected, Protocols.Tls), Finding.Of(answer, _peek.Result));
        Assert.Equal(Hello.Length, _peek.Result.Length);
    }

    [Theory]
    [InlineData("", Protocols.None)]
    [InlineData("\x16\x03\x01", Protocols.Tls)]
    [InlineData("\x16", Protocols.None)]
    [InlineData("GE", Protocols.Http)]
    [InlineData("GET / HTTP/1.1\r\nHost: app.example.com\r\n", Protocols.Http)]
    public async Task The_deadline_ends_a_peek_and_leaves_every_byte_and_no_name(string text, object protocol)
    {
        var pipe = new Pipe(Inline);
        await WriteAsync(pipe, Encoding.Latin1.GetBytes(text));
        var peek = _peek.RunAsync(pipe.Reader, Both, Arrivals.MaxBytes);
        Assert.False(peek.IsCompleted);

        pipe.Reader.CancelPendingRead();

        Assert.Equal(Of(PeekAnswer.TimedOut, (Protocols)protocol), Finding.Of(await peek, _peek.Result));
        Assert.Equal(text.Length, _peek.Result.Length);
        await pipe.Writer.CompleteAsync();
        Assert.Equal(Encoding.Latin1.GetBytes(text), await ReadAllAsync(pipe.Reader));
    }

    [Theory]
    [InlineData("", Protocols.None)]
    [InlineData("\x16\x03\x01", Protocols.Tls)]
    [InlineData("\r\n", Protocols.Http)]
    [InlineData("GE", Protocols.Http)]
    [InlineData("\x16", Protocols.None)]
    [InlineData("GET / HTTP/1.1\r\nHost: app.example.com\r\n", Protocols.Http)]
    public async Task A_client_that_ends_before_its_first_flight_is_whole_has_ended(string text, object protocol)
    {
        var pipe = new Pipe(Inline);
        await WriteAsync(pipe, Encoding.Latin1.GetBytes(text));
        var peek = _peek.RunAsync(pipe.Reader, Both, Arrivals.MaxBytes);
        Assert.False(peek.IsCompleted);

        await pipe.Writer.CompleteAsync();

        Assert.Equal(Of(PeekAnswer.Ended, (Protocols)protocol), Finding.Of(await peek, _peek.Result));
        Assert.Equal(text.Length, _peek.Result.Length);
        Assert.Equal(Encoding.Latin1.GetBytes(text), await ReadAllAsync(pipe.Reader));
    }

    [Fact]
    public async Task A_client_that_ends_right_after_its_first_flight_is_found()
    {
        var pipe = new Pipe(Inline);
        await WriteAsync(pipe, Hello);
        await pipe.Writer.CompleteAsync();

        Assert.Equal(PeekAnswer.Found, await _peek.RunAsync(pipe.Reader, Both, Arrivals.MaxBytes));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reset_is_an_answer_and_no_exception(bool isSocketException)
    {
        Exception failure = isSocketException ? new SocketException((int)SocketError.ConnectionReset) : new IOException();
        var pipe = new Pipe(Inline);
        await WriteAsync(pipe, Head[..^2]);
        var peek = _peek.RunAsync(pipe.Reader, Both, Arrivals.MaxBytes);

        await pipe.Writer.CompleteAsync(failure);

        Assert.Equal(Of(PeekAnswer.Reset, Protocols.Http), Finding.Of(await peek, _peek.Result));
        Assert.Equal(Head.Length - 2, _peek.Result.Length);
    }

    [Fact]
    public async Task A_read_that_fails_at_once_is_a_reset_too()
    {
        var reader = new CountingReader(new Pipe().Reader, new IOException());

        Assert.Equal(PeekAnswer.Reset, await _peek.RunAsync(reader, Both, Arrivals.MaxBytes));
        Assert.Equal(0, _peek.Result.Length);
    }

    [Fact]
    public async Task Any_other_failure_is_thrown_to_who_waits()
    {
        var pipe = new Pipe(Inline);
        var peek = _peek.RunAsync(pipe.Reader, Both, Arrivals.MaxBytes);

        await pipe.Writer.CompleteAsync(new InvalidDataException("a defect"));

        await Assert.ThrowsAsync<InvalidDataException>(() => peek.AsTask());
    }

    [Theory]
    [InlineData("GET /", Protocols.Http, PeekAnswer.TooLarge)]
    [InlineData("PROPFIND /", Protocols.None, PeekAnswer.NotMine)]
    [InlineData("\x16\x03\x01\x04\x00\x01\x00\x03\xfc", Protocols.Tls, PeekAnswer.TooLarge)]
    public async Task A_first_flight_larger_than_the_peek_may_be_is_too_large(string text, object protocol, object expected)
    {
        var pipe = new Pipe(Inline);
        await WriteAsync(pipe, [.. Encoding.Latin1.GetBytes(text), .. HelloBuilder.Filled(1024, 0x61)]);

        var answer = await _peek.RunAsync(pipe.Reader, Both, maxBytes: 1024);

        Assert.Equal(Of((PeekAnswer)expected, (Protocols)protocol), Finding.Of(answer, _peek.Result));
    }

    [Fact]
    public async Task A_peek_has_nothing_of_the_one_before()
    {
        byte[][] flights = [Hello[..50], Head, Hello, [.. Head[..^2], .. Head[16..]], Hello, Head[..20], HelloBuilder.For("b").Records(), "GET / HTTP/1.0\r\n\r\n"u8.ToArray()];
        foreach (var flight in flights)
        {
            Assert.Equal(await PeekAsync(new Peek(PeekBudget.Unlimited), flight), await PeekAsync(_peek, flight));
        }
    }

    [Fact]
    public async Task Peeks_that_are_resumed_by_other_threads_find_the_same()
    {
        var found = await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ =>
        {
            var pipe = new Pipe();
            var peek = new Peek(PeekBudget.Unlimited);
            var run = peek.RunAsync(pipe.Reader, Both, Arrivals.MaxBytes);
            foreach (var one in Hello) await WriteAsync(pipe, [one]);
            return (await run, Encoding.Latin1.GetString(peek.Result.Name));
        }));

        Assert.All(found, one => Assert.Equal((PeekAnswer.Found, "app.example.com"), one));
    }

    private static async Task<Finding> PeekAsync(Peek peek, byte[] bytes)
    {
        var pipe = new Pipe(Inline);
        await WriteAsync(pipe, bytes);
        await pipe.Writer.CompleteAsync();
        var answer = await peek.RunAsync(pipe.Reader, Both, Arrivals.MaxBytes);
        return Finding.Of(answer, peek.Result);
    }

    private static async Task WriteAsync(Pipe pipe, byte[] bytes) =>
        await pipe.Writer.WriteAsync(bytes, TestContext.Current.CancellationToken);

    private static async Task<byte[]> ReadAllAsync(PipeReader reader)
    {
        while (true)
        {
            var read = await reader.ReadAsync(TestContext.Current.CancellationToken);
            if (read.IsCompleted) return read.Buffer.ToArray();
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static Finding Of(PeekAnswer answer, Protocols protocol) => new(answer, protocol, "", "", false, null);
}
