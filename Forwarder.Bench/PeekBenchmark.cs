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
    private readonly ReadOnlySequence<byte> _curl = new(Recorded("curl-h2.bin"));
    private readonly ReadOnlySequence<byte> _postQuantum = new(HelloBuilder.Modern("www.example.com").Records(600, 600, 16_384));
    private readonly ReadOnlySequence<byte> _fourFields = new(Encoding.ASCII.GetBytes(
        "GET /index.html HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\nAccept-Encoding: gzip\r\n\r\n"));

    private readonly ReadOnlySequence<byte> _tenFields = new(Encoding.ASCII.GetBytes(
        "GET /products/index.html?id=1234 HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
        + "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate\r\n"
        + "Referer: http://www.example.com/products/\r\nConnection: keep-alive\r\nCookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n"
        + "Upgrade-Insecure-Requests: 1\r\nPriority: u=0, i\r\n\r\n"));

    private readonly ReadOnlySequence<byte> _http2 = new(Recorded("curl.bin"));

    private readonly ReadOnlySequence<byte> _proxyV1 = new("PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n"u8.ToArray());
    private readonly ReadOnlySequence<byte> _proxyV2 = new(ProxyHeaderBuilder.Binary(0x21, 0x11, ProxyHeaderBuilder.Inet));
    private readonly char[] _ja4 = new char[Ja4.Length];

    [Benchmark(Baseline = true, Description = "TLS, small")]
    public bool TlsSmall() => Finds(_small);

    [Benchmark(Description = "TLS, curl's")]
    public bool TlsCurl() => Finds(_curl);

    [Benchmark(Description = "TLS, post-quantum in three records")]
    public bool TlsPostQuantum() => Finds(_postQuantum);

    [Benchmark(Description = "HTTP, four fields")]
    public bool HttpFourFields() => FindsHead(_fourFields);

    [Benchmark(Description = "HTTP, ten fields")]
    public bool HttpTenFields() => FindsHead(_tenFields);

    [Benchmark(Description = "HTTP/2, curl's")]
    public bool Http2()
    {
        var preface = new Http2Preface();
        var result = new PeekResult();
        return preface.Read(_http2, MaxBytes, ref result) is PeekAnswer.Found;
    }

    [Benchmark(Description = "PROXY v1")]
    public bool ProxyV1() => FindsProxy(_proxyV1);

    [Benchmark(Description = "PROXY v2")]
    public bool ProxyV2() => FindsProxy(_proxyV2);

    [Benchmark(Description = "JA4 of curl's")]
    public bool Fingerprint() => Ja4.TryWrite(_curl, _ja4);

    private static bool Finds(in ReadOnlySequence<byte> received)
    {
        var hello = new ClientHello();
        var result = new PeekResult();
        return hello.Read(received, MaxBytes, ref result) is PeekAnswer.Found;
    }

    private static bool FindsHead(in ReadOnlySequence<byte> received)
    {
        var head = new HttpHead();
        var result = new PeekResult();
        return head.Read(received, MaxBytes, ref result) is PeekAnswer.Found;
    }

    private static bool FindsProxy(in ReadOnlySequence<byte> received)
    {
        var result = new ProxyHeaderResult();
        return ProxyHeader.Read(received, MaxBytes, ref result) is PeekAnswer.Found;
    }

    private static byte[] Recorded(string name)
    {
        using var stream = typeof(PeekBenchmark).Assembly.GetManifestResourceStream(name) ?? throw new FileNotFoundException(name);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
