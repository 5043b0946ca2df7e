using System.Diagnostics.Metrics;

namespace SniForward.Telemetry.Metrics;

/// <summary>How long the stages of connections took, and how large ClientHellos were. Nothing is recorded while nobody asks.</summary>
internal sealed class Timings
{
    private static readonly InstrumentAdvice<double> ShortTimes = new()
    {
        HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    private static readonly InstrumentAdvice<double> LongTimes = new()
    {
        HistogramBucketBoundaries = [0.001, 0.01, 0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200, 21600, 86400],
    };

    private static readonly InstrumentAdvice<double> HelloSizes = new()
    {
        HistogramBucketBoundaries = [256, 512, 1024, 1500, 2048, 3072, 4096, 8192, 16384, 32768],
    };

    private readonly Histogram<double> _peek;
    private readonly Histogram<double> _connect;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _handshake;
    private readonly Histogram<double> _hello;
    private readonly Histogram<double> _answer;

    public Timings(Meter meter)
    {
        _peek = meter.CreateHistogram(
            "sniforward.peek.duration", "s", "From the accept until what the client wants is known, or that it is not to be known.", null, ShortTimes);
        _connect = meter.CreateHistogram(
            "sniforward.connect.duration", "s", "How long reaching a server took, all attempts and waiting for a place together.", null, ShortTimes);
        _duration = meter.CreateHistogram(
            "sniforward.connection.duration", "s", "From the accept to the close of connections that were forwarded.", null, LongTimes);
        _handshake = meter.CreateHistogram(
            "sniforward.tls.handshake.duration", "s", "How long TLS handshakes took that succeeded, waiting for a turn too.", null, ShortTimes);
        _answer = meter.CreateHistogram(
            "sniforward.request.wait", "s", "From the first byte of a request that is routed by itself to the head of its answer.", null, ShortTimes);
        _hello = meter.CreateHistogram(
            "sniforward.tls.hello.size", "By", "What had been received when a ClientHello was whole.", null, HelloSizes);
    }

    /// <param name="listener">The listener's name.</param>
    /// <param name="time">From the first byte of a request to the head of its answer.</param>
    public void Answered(string listener, TimeSpan time) => Record(_answer, time.TotalSeconds, "listener", listener);

    public void Peeked(string listener, TimeSpan time) => Record(_peek, time.TotalSeconds, "listener", listener);

    public void Connected(string backend, TimeSpan time) => Record(_connect, time.TotalSeconds, "backend", backend);

    public void Ended(string listener, TimeSpan time) => Record(_duration, time.TotalSeconds, "listener", listener);

    public void Secured(string peer, TimeSpan time) => Record(_handshake, time.TotalSeconds, "peer", peer);

    /// <param name="listener">The listener's name.</param>
    /// <param name="bytes">How large the ClientHello was.</param>
    public void Greeted(string listener, long bytes) => Record(_hello, bytes, "listener", listener);

    private static void Record(Histogram<double> histogram, double value, string label, string name)
    {
        if (histogram.Enabled) histogram.Record(value, new KeyValuePair<string, object?>(label, name));
    }
}
