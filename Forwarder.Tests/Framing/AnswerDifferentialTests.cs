using System.Buffers;
using System.Net;
using System.Text;
using SniForward.Framing;
using SniForward.Tests.EndToEnd;

namespace SniForward.Tests.Framing;

/// <summary>What other programs make of the same answers. One that we accept must be the same to them, or be refused.</summary>
public sealed class AnswerDifferentialTests
{
    private const string Hello = "5\r\nhello\r\n0\r\n\r\n";

    private static readonly (string Name, string Text)[] Plain =
    [
        ("a length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        ("a length in HTTP/1.0", "HTTP/1.0 404 Not Found\r\nContent-Length: 5\r\n\r\nhello"),
        ("chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"),
        ("until the end", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"),
        ("no content", "HTTP/1.1 204 No Content\r\n\r\n"),
        ("100 (Continue) first", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    ];

    private static readonly (string Name, string Text)[] Tricks =
    [
        ("103 (Early Hints) and 100 first", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        ("more than its length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"),
        ("no content, and some", "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"),
        ("a length and chunks", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
        ("chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
        ("trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n"),
    ];

    private static readonly (string Name, string Text)[] All =
    [
        .. Plain,
        .. Tricks,
        .. HttpDocumentTests.Answers.Select(row => (row.Name, row.Text + Hello)),
        .. HttpDocumentTests.Chunks.Select(row => (row.Name, $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{row.Text}")),
    ];

    [Fact]
    public async Task HttpClient_sees_no_other_answers()
    {
        using var server = StartServer();
        await AssertNoOtherAsync(server.Port);
    }

    [Fact]
    public async Task Nginx_sees_no_other_answers()
    {
        using var server = StartServer();
        var port = TestServer.RefusingPort();
        await using var nginx = await PeerProcess.StartNginxAsync($$"""
            http {
              access_log off; keepalive_timeout 1s;
              client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
              server {
                listen 127.0.0.1:{{port}} backlog=1024;
                location / { proxy_pass http://127.0.0.1:{{server.Port}}; proxy_http_version 1.1; proxy_set_header Connection ""; }
              }
            }
            """);
        await AssertNoOtherAsync(port);
    }

    [Fact]
    public async Task HAProxy_sees_no_other_answers()
    {
        using var server = StartServer();
        var port = TestServer.RefusingPort();
        await using var haproxy = await PeerProcess.StartHaproxyAsync($"""
            defaults
              mode http
              timeout connect 5s
              timeout server 30s
              timeout client 30s
            frontend in
              bind 127.0.0.1:{port}
              default_backend out
            backend out
              server s 127.0.0.1:{server.Port}

            """);
        await AssertNoOtherAsync(port);
    }

    /// <summary>It sends the answer whose number the target is, and ends.</summary>
    private static TestServer StartServer() => TestServer.Start(async stream =>
    {
        using var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
        var target = (await reader.ReadLineAsync())?.Split(' ')[1];
        while (await reader.ReadLineAsync() is { Length: > 0 })
        {
        }
        if (target is not null) await stream.WriteAsync(Encoding.Latin1.GetBytes(All[int.Parse(target[1..])].Text));
    });

    private static async Task AssertNoOtherAsync(int port)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.Zero }) { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
        var problems = await Task.WhenAll(All.Select(async (answer, index) =>
        {
            var ours = Read(Encoding.Latin1.GetBytes(answer.Text));
            var theirs = await AskAsync(client, index);
            var isSame = ours is null || theirs is null || ours == theirs;
            if (index < Plain.Length) isSame = ours is not null && ours == theirs;
            return isSame ? null : $"{answer.Name}: ours {ours}, theirs {theirs}";
        }));
        Assert.True(problems.All(problem => problem is null), string.Join("\n", problems.OfType<string>()));
    }

    /// <summary>The status and the body, or null if it is refused, by whomever.</summary>
    private static async Task<string?> AskAsync(HttpClient client, int index)
    {
        try
        {
            using var answer = await client.GetAsync($"{index}", TestContext.Current.CancellationToken).InTimeAsync();
            if (answer.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.SwitchingProtocols) return null;
            return $"{(int)answer.StatusCode} {Encoding.Latin1.GetString(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken).InTimeAsync())}";
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>The status and the body, or null if we refuse it or it is cut off.</summary>
    private static string? Read(byte[] bytes)
    {
        for (var rest = bytes; ;)
        {
            var head = new ResponseHead(RequestMethod.Get);
            if (head.Read(new ReadOnlySequence<byte>(rest), 64 * 1024) is not HeadAnswer.Found) return null;
            rest = rest[head.Length..];
            if (head.IsInterim) continue;

            if (head.Body.Kind is BodyKind.Tunnel) return null;
            var body = new BodyReader(head.Body);
            body.Read(rest, out var taken);
            if (!body.MayEnd) return null;
            return $"{head.Status} {(head.Body.Kind is BodyKind.Chunked ? BodyOracle.Read(rest).Data : Encoding.Latin1.GetString(rest, 0, taken))}";
        }
    }
}
