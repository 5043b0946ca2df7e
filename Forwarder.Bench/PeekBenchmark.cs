using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using SniForward.Peeking;
using SniForward.Tests.Peeking;

namespace SniForward.Bench;

/// <summary>From the received bytes of a first flight to its name.</summary>
[MemoryDiagnoser]
public class PeekBenchmark
{
    private const int MaxBytes = 64 * 1024;

    private readonly ReadOnlySequence<byte> _small = new(HelloBuilder.For("www.example.com", "h2", "http/1.1").Records());
    private readonly ReadOnlySequence<byte> _postQuantum = new(HelloBuilder.Modern("www.example.com").Records(600, 600, 16_384));
    private readonly ReadOnlySequence<byte> _http = new(Encoding.ASCII.GetBytes(
        "GET /index.html HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\nAccept-Encoding: gzip\r\n\r\n"));

    [Benchmark(Baseline = true, Description = "TLS, small")]
    public bool TlsSmall() => Finds(_small);

    [Benchmark(Description = "TLS, post-quantum in three records")]
    public bool TlsPostQuantum() => Finds(_postQuantum);

    [Benchmark(Description = "HTTP")]
    public bool Http()
    {
        var head = new HttpHead();
        var result = new PeekResult();
        return head.Read(_http, MaxBytes, ref result) is PeekAnswer.Found;
    }

    private static bool Finds(in ReadOnlySequence<byte> received)
    {
        var hello = new ClientHello();
        var result = new PeekResult();
        return hello.Read(received, MaxBytes, ref result) is PeekAnswer.Found;
    }
}
