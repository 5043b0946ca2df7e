using System.Net;
using System.Text;
using SniForward.Tests.EndToEnd;

namespace SniForward.Tests.Framing;

/// <summary>
/// What other programs make of the same bytes. A request that we accept must be the same to them, or be refused: nobody
/// behind us may ever see another.
/// </summary>
public sealed class RequestDifferentialTests
{
    private static readonly Payload[] All = [.. Payload.Plain, .. Payload.Tricks, .. HttpDocumentTests.Payloads];

    [Fact]
    public async Task Kestrel_sees_no_other_requests()
    {
        await using var server = await RecordingServer.StartAsync();
        await AssertNoOtherAsync(server, server.Port);
    }

    [Fact]
    public async Task Nginx_sees_no_other_requests()
    {
        await using var server = await RecordingServer.StartAsync();
        var port = TestServer.RefusingPort();
        await using var nginx = await PeerProcess.StartNginxAsync($$"""
            http {
              access_log off; lingering_close off;
              client_header_timeout 1s; client_body_timeout 1s; keepalive_timeout 1s;
              client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
              server {
                listen 127.0.0.1:{{port}} backlog=1024;
                location / { proxy_pass http://127.0.0.1:{{server.Port}}; proxy_http_version 1.1; proxy_set_header Host $http_host; }
              }
            }
            """);
        await AssertNoOtherAsync(server, port);
    }

    [Fact]
    public async Task HAProxy_sees_no_other_requests()
    {
        await using var server = await RecordingServer.StartAsync();
        var port = TestServer.RefusingPort();
        await using var haproxy = await PeerProcess.StartHaproxyAsync($"""
            defaults
              mode http
              option http-buffer-request
              timeout connect 5s
              timeout server 30s
              timeout client 1s
              timeout http-request 1s
              timeout http-keep-alive 1s
            frontend in
              bind 127.0.0.1:{port}
              default_backend out
            backend out
              server s 127.0.0.1:{server.Port}

            """);
        await AssertNoOtherAsync(server, port);
    }

    [Theory]
    [InlineData(Engine.Epoll)]
    [InlineData(Engine.Sockets)]
    public async Task The_server_behind_the_forwarder_sees_no_other_requests(Engine engine)
    {
        await using var server = await RecordingServer.StartAsync();
        await using var forwarder = engine.Start($"""
            [[listener]]
            bind = "127.0.0.1:0"
            http_routing = "request"
            default = "127.0.0.1:{server.Port}"
            [timeouts]
            peek = "1s"
            keep_alive = "1s"
            idle = "2s"
            """);
        await AssertNoOtherAsync(server, forwarder.Port);
    }

    private static async Task AssertNoOtherAsync(RecordingServer server, int port)
    {
        var answers = await Task.WhenAll(All.Select((payload, index) => SendAsync(payload.Bytes(TagOf(index)), port)));
        var problems = All.Select((payload, index) => ProblemOf(payload, TagOf(index), server.Seen(TagOf(index)), answers[index])).OfType<string>().ToArray();
        Assert.True(problems.Length == 0, string.Join("\n\n", problems));
    }

    private static string TagOf(int index) => $"t{index:000}t";

    /// <summary>Everything that is answered until the peer has had enough.</summary>
    private static async Task<string> SendAsync(byte[] bytes, int port)
    {
        using var client = await TestClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        var answers = new StringBuilder();
        try
        {
            await client.SendAsync(bytes);
            var buffer = new byte[4096];
            while (await client.Stream.ReadAsync(buffer, TestContext.Current.CancellationToken).AsTask().InTimeAsync() is > 0 and var read)
                answers.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
        catch (IOException)
        {
            // Whoever refuses may do so by a reset.
        }
        return answers.ToString();
    }

    /// <summary>How the peer's requests are others than ours, or null.</summary>
    private static string? ProblemOf(Payload payload, string tag, SplitRequest[] theirs, string answers)
    {
        var ours = Split.Of(payload.Bytes(tag));
        var problem = Compare(ours, theirs, hasTimedOut: answers.Contains("HTTP/1.1 408", StringComparison.Ordinal) || answers.Contains("HTTP/1.0 408", StringComparison.Ordinal));
        if (problem is null && Payload.Plain.Contains(payload) && (ours.Requests.Count, theirs.Length) != (2, 2)) problem = "not two requests for both";
        return problem is null ? null : $"{payload.Name}: {problem}\n  ours:   {string.Join("; ", ours.Requests)}{(ours.WaitsForMore ? "; waits" : "")}\n  theirs: {string.Join("; ", (object[])theirs)}\n  answers: {answers.ReplaceLineEndings(" ")}";
    }

    private static string? Compare(Split ours, SplitRequest[] theirs, bool hasTimedOut)
    {
        for (var index = 0; index < theirs.Length; index++)
        {
            if (index >= ours.Requests.Count) return ours.WaitsForMore && theirs[index].Body is not null ? "a request where we wait for more" : null;
            if (theirs[index].Body is null) return "waiting for more of a request that is whole to us";
            if (!IsSame(ours.Requests[index], theirs[index])) return "another request";
        }
        return hasTimedOut && ours.Requests.Count > theirs.Length ? "waiting for more of a request that is whole to us" : null;
    }

    /// <summary>A proxy takes the host off a target.</summary>
    private static bool IsSame(SplitRequest ours, SplitRequest theirs)
    {
        var path = ours.Target.StartsWith("http", StringComparison.Ordinal) ? new Uri(ours.Target).PathAndQuery : ours.Target;
        return ours with { Target = "" } == theirs with { Target = "" } && (theirs.Target == ours.Target || theirs.Target == path);
    }
}
