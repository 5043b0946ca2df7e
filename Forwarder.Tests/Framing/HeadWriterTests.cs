using System.Buffers;
using System.Net;
using System.Text;
using CsCheck;
using SniForward.Framing;
using SniForward.Tests.Peeking;

namespace SniForward.Tests.Framing;

/// <summary>What is sent on of heads.</summary>
public sealed class HeadWriterTests
{
    private const string Start = "GET / HTTP/1.1\r\nHost: a\r\n";

    private static readonly IPAddress IPv4 = IPAddress.Parse("192.0.2.1");

    private static ForwardedFields Off => default;

    [Theory]
    [InlineData("X: y\r\n", "X: y\r\n")]
    [InlineData("X:y \r\nx:\t\xE9\r\n", "X:y \r\nx:\t\xE9\r\n")]
    [InlineData("Connection: close\r\nKeep-Alive: 5\r\nA: b\r\nTE: trailers\r\nProxy-Connection: x\r\nTrailer: c\r\n", "A: b\r\nTrailer: c\r\n")]
    [InlineData("a: 1\r\nAB: 2\r\nConnection: A, x\r\nconnection: c\r\nC:3\r\nB: 4\r\n", "AB: 2\r\nB: 4\r\n")]
    [InlineData("Upgrade: websocket\r\nConnection: upgrade\r\nHTTP2-Settings: x\r\n", "")]
    [InlineData("Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n", "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n")]
    [InlineData("Content-Length: 5\r\nForwarded: for=b\r\nX-Forwarded-For: b\r\n", "Content-Length: 5\r\nForwarded: for=b\r\nX-Forwarded-For: b\r\n")]
    public void Fields_of_this_hop_are_left_out_and_nothing_else_changes(string fields, string expected) =>
        AssertWritten($"{Start}{expected}\r\n", $"{Start}{fields}\r\n", HopConnection.KeepAlive, Off);

    [Fact]
    public void Empty_lines_before_a_request_are_left_out() => AssertWritten($"{Start}\r\n", $"\r\n\r\n{Start}\r\n", HopConnection.KeepAlive, Off);

    [Theory]
    [InlineData("1.1", HopConnection.KeepAlive, "")]
    [InlineData("1.1", HopConnection.Close, "Connection: close\r\n")]
    [InlineData("1.1", HopConnection.Upgrade, "Connection: Upgrade\r\n")]
    [InlineData("1.0", HopConnection.KeepAlive, "Connection: keep-alive\r\n")]
    [InlineData("1.0", HopConnection.Close, "Connection: close\r\n")]
    internal void The_next_hop_is_told_of_its_connection(string version, HopConnection connection, string expected)
    {
        AssertWritten($"GET / HTTP/{version}\r\nHost: a\r\n{expected}\r\n", $"GET / HTTP/{version}\r\nConnection: x\r\nHost: a\r\n\r\n", connection, Off);
        Assert.Equal($"HTTP/{version} 200 OK\r\nA: b\r\n{expected}\r\n", WriteResponse($"HTTP/{version} 200 OK\r\nA: b\r\nConnection: close, x\r\nX: y\r\n\r\n", connection));
    }

    [Fact]
    public void An_upgrade_takes_its_fields_with_it() => AssertWritten(
        $"{Start}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n", $"{Start}Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\r\n", HopConnection.Upgrade, Off);

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", "192.0.2.1")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8::1", "2001:db8::1", "\"[2001:db8::1]\"")]
    [InlineData("fe80::1%3", "fe80::1", "\"[fe80::1]\"")]
    [InlineData(null, "unknown", "unknown")]
    public void The_server_is_told_the_client(string? client, string plain, string quoted)
    {
        var address = client is null ? null : IPAddress.Parse(client);

        AssertWritten(
            $"{Start}X-Forwarded-For: {plain}\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\n\r\n",
            $"{Start}\r\n", HopConnection.KeepAlive, new ForwardedFields(ForwardedStyle.XForwarded, KeepsEarlier: false, address, IsTls: false));
        AssertWritten(
            $"{Start}Forwarded: for={quoted};host=a;proto=https\r\n\r\n",
            $"{Start}\r\n", HopConnection.KeepAlive, new ForwardedFields(ForwardedStyle.Forwarded, KeepsEarlier: false, address, IsTls: true));
    }

    [Theory]
    [InlineData("a.example", "a.example", "a.example")]
    [InlineData("a:80", "a:80", "\"a:80\"")]
    [InlineData("[::1]:80", "[::1]:80", "\"[::1]:80\"")]
    [InlineData("a\"\\,", "a\"\\,", "\"a\\\"\\\\,\"")]
    public void The_server_is_told_the_host(string host, string plain, string quoted)
    {
        var start = $"GET / HTTP/1.1\r\nHost: {host}\r\n";

        AssertWritten($"{start}X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: {plain}\r\n\r\n", $"{start}\r\n", HopConnection.KeepAlive, XForwarded());
        AssertWritten($"{start}Forwarded: for=192.0.2.1;host={quoted};proto=http\r\n\r\n", $"{start}\r\n", HopConnection.KeepAlive, Forwarded());
    }

    [Fact]
    public void Without_a_host_none_is_told()
    {
        const string NoHost = "GET / HTTP/1.0\r\n";
        AssertWritten($"{NoHost}X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\nConnection: close\r\n\r\n", $"{NoHost}\r\n", HopConnection.Close, XForwarded());
        AssertWritten($"{NoHost}Forwarded: for=192.0.2.1;proto=http\r\nConnection: close\r\n\r\n", $"{NoHost}\r\n", HopConnection.Close, Forwarded());
    }

    [Theory]
    [InlineData("Forwarded: for=evil\r\n")]
    [InlineData("X-Forwarded-For: evil\r\nx-forwarded-for: evil\r\n")]
    [InlineData("X-Forwarded-Proto: evil\r\nX-FORWARDED-HOST: evil\r\n")]
    [InlineData("X-Forwarded-Prefix: evil\r\n")]
    [InlineData("X_Forwarded_For: evil\r\nx-forwarded_host: evil\r\n")]
    [InlineData("Connection: X-Forwarded-For\r\nX-Forwarded-For: evil\r\n")]
    public void What_a_stranger_says_of_itself_is_left_out(string fields)
    {
        AssertWritten($"{Start}X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\n\r\n", $"{Start}{fields}\r\n", HopConnection.KeepAlive, XForwarded());
        AssertWritten($"{Start}Forwarded: for=192.0.2.1;host=a;proto=http\r\n\r\n", $"{Start}{fields}\r\n", HopConnection.KeepAlive, Forwarded());
    }

    [Fact]
    public void What_a_proxy_that_is_trusted_says_is_sent_on()
    {
        const string Earlier = "Forwarded: for=b\r\nX-Forwarded-For: b\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 1\r\nforwarded:\r\nX-forwarded-for: c, d\r\nFORWARDED: for=c\r\n";

        AssertWritten(
            $"{Start}Forwarded: for=b\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 1\r\nforwarded:\r\nFORWARDED: for=c\r\nX-Forwarded-For: b, c, d, 192.0.2.1\r\nX-Forwarded-Host: a\r\n\r\n",
            $"{Start}{Earlier}\r\n", HopConnection.KeepAlive, XForwarded(keepsEarlier: true));
        AssertWritten(
            $"{Start}X-Forwarded-For: b\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 1\r\nX-forwarded-for: c, d\r\nForwarded: for=b, for=c, for=192.0.2.1;host=a;proto=http\r\n\r\n",
            $"{Start}{Earlier}\r\n", HopConnection.KeepAlive, Forwarded(keepsEarlier: true));
    }

    [Theory]
    [InlineData("426 Upgrade Required", "Upgrade: TLS/1.0\r\nX: y\r\nConnection: Upgrade\r\n")]
    [InlineData("400 Bad Request", "X: y\r\n")]
    public void The_last_answer_keeps_its_Upgrade_if_it_asks_for_that(string status, string expected) => Assert.Equal(
        $"HTTP/1.1 {status}\r\n{expected}Connection: close\r\n\r\n",
        WriteResponse($"HTTP/1.1 {status}\r\nUpgrade: TLS/1.0\r\nX: y\r\nConnection: upgrade\r\n\r\n", HopConnection.Close));

    [Fact]
    public void What_is_written_is_read_as_what_was_received() =>
        FramingPropertyTests.GenRequest.Select(Gen.Int[0, 2], Gen.Bool).Sample((bytes, style, keepsEarlier) =>
        {
            var head = new RequestHead();
            if (head.Read(new(bytes), Arrivals.MaxBytes) is not HeadAnswer.Found) return;
            var written = Bytes(Write(new(bytes), HopConnection.KeepAlive, new ForwardedFields((ForwardedStyle)style, keepsEarlier, IPv4, IsTls: true)));

            var again = new RequestHead();
            Assert.Equal(HeadAnswer.Found, again.Read(new(written), Arrivals.MaxBytes));
            Assert.Equal(written.Length, again.Length);
            Assert.Equal(
                (head.Method, head.Form, head.IsHttp10, head.Body, head.ExpectsContinue, Text(bytes, head.Target), Text(bytes, head.Host)),
                (again.Method, again.Form, again.IsHttp10, again.Body, again.ExpectsContinue, Text(written, again.Target), Text(written, again.Host)));
            Assert.Equal(head.IsHttp10 ? FieldKinds.Connection : FieldKinds.None, again.Fields & FieldKinds.HopByHop);
            Assert.True(again.KeepsAlive);
            Assert.Equal(Text(written, new ByteRange(0, written.Length)), Write(new(written), HopConnection.KeepAlive, Off));
        }, iter: 20_000);

    [Fact]
    public void Writing_allocates_nothing()
    {
        var bytes = Bytes($"{Start}Connection: x\r\nX: y\r\nX-Forwarded-For: b\r\nAccept: z\r\n\r\n");
        ReadOnlySequence<byte>[] arrivals = [new(bytes), Arrivals.TwoSegments(bytes, 30), Arrivals.Segments(bytes, 1)];
        var heads = arrivals.Select(received =>
        {
            var head = new RequestHead();
            head.Read(received, Arrivals.MaxBytes);
            return head;
        }).ToArray();
        var output = new ArrayBufferWriter<byte>(4096);

        Allocations.AssertNone(() =>
        {
            for (var index = 0; index < arrivals.Length; index++)
            {
                output.ResetWrittenCount();
                HeadWriter.Write(arrivals[index], heads[index], HopConnection.Close, XForwarded(keepsEarlier: true), output);
                Assert.True(output.WrittenCount > 0);
            }
        });
    }

    private static ForwardedFields XForwarded(bool keepsEarlier = false) => new(ForwardedStyle.XForwarded, keepsEarlier, IPv4, IsTls: false);

    private static ForwardedFields Forwarded(bool keepsEarlier = false) => new(ForwardedStyle.Forwarded, keepsEarlier, IPv4, IsTls: false);

    private static void AssertWritten(string expected, string head, HopConnection connection, ForwardedFields forwarded)
    {
        var bytes = Bytes($"{head}what follows");
        foreach (var received in (ReadOnlySequence<byte>[])[new(bytes), Arrivals.Segments(bytes, 1), Arrivals.Segments(bytes, 7)])
            Assert.Equal(expected, Write(received, connection, forwarded));
    }

    private static string Write(in ReadOnlySequence<byte> received, HopConnection connection, ForwardedFields forwarded)
    {
        var head = new RequestHead();
        Assert.Equal(HeadAnswer.Found, head.Read(received, Arrivals.MaxBytes));
        var output = new ArrayBufferWriter<byte>();
        HeadWriter.Write(received, head, connection, forwarded, output);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }

    private static string WriteResponse(string text, HopConnection connection)
    {
        var received = new ReadOnlySequence<byte>(Bytes(text));
        var head = new ResponseHead(RequestMethod.Get);
        Assert.Equal(HeadAnswer.Found, head.Read(received, Arrivals.MaxBytes));
        var output = new ArrayBufferWriter<byte>();
        HeadWriter.Write(received, head, connection, output);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    private static string Text(byte[] bytes, ByteRange range) => Encoding.Latin1.GetString(bytes, range.Start, range.Length);
}
