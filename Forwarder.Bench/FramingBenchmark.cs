using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using SniForward.Framing;

namespace SniForward.Bench;

/// <summary>Where the messages of an HTTP/1 connection end.</summary>
[MemoryDiagnoser]
public class FramingBenchmark
{
    private const int MaxBytes = 64 * 1024;
    private const int ReadLength = 64 * 1024;

    private readonly ReadOnlySequence<byte> _request = new(Encoding.ASCII.GetBytes(
        "GET /products/index.html?id=1234 HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
        + "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate\r\n"
        + "Referer: http://www.example.com/products/\r\nConnection: keep-alive\r\nCookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n"
        + "Upgrade-Insecure-Requests: 1\r\nPriority: u=0, i\r\n\r\n"));

    private readonly ReadOnlySequence<byte> _response = new(Encoding.ASCII.GetBytes(
        "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nServer: nginx\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 5120\r\n"
        + "Last-Modified: Wed, 31 Dec 2025 00:00:00 GMT\r\nConnection: keep-alive\r\nETag: \"68a1b2c3-1400\"\r\nCache-Control: max-age=600\r\nVary: Accept-Encoding\r\n"
        + "Accept-Ranges: bytes\r\n\r\n"));

    private byte[] _largeChunks = [];
    private byte[] _smallChunks = [];

    [GlobalSetup]
    public void MakeBodies()
    {
        _largeChunks = Chunks(16 * 1024);
        _smallChunks = Chunks(128);
    }

    [Benchmark(Baseline = true, Description = "request, ten fields")]
    public bool Request() => new RequestHead().Read(_request, MaxBytes) is HeadAnswer.Found;

    [Benchmark(Description = "answer, ten fields")]
    public bool Response() => new ResponseHead(RequestMethod.Get).Read(_response, MaxBytes) is HeadAnswer.Found;

    [Benchmark(Description = "1 MiB in chunks of 16 KiB")]
    public bool LargeChunks() => Reads(_largeChunks);

    [Benchmark(Description = "1 MiB in chunks of 128 bytes")]
    public bool SmallChunks() => Reads(_smallChunks);

    private static bool Reads(byte[] body)
    {
        var reader = new BodyReader(new BodyFraming(BodyKind.Chunked));
        for (var at = 0; at < body.Length; at += ReadLength) reader.Read(body.AsSpan(at, Math.Min(ReadLength, body.Length - at)), out _);
        return reader.HasEnded;
    }

    private static byte[] Chunks(int size)
    {
        using var body = new MemoryStream();
        for (var left = 1024 * 1024; left > 0; left -= size)
        {
            body.Write(Encoding.ASCII.GetBytes($"{size:x}\r\n"));
            body.Write(new byte[size]);
            body.Write("\r\n"u8);
        }
        body.Write("0\r\n\r\n"u8);
        return body.ToArray();
    }
}
