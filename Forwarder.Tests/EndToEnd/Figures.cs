using System.Diagnostics.Metrics;

namespace SniForward.Tests.EndToEnd;

/// <summary>What the instruments of one forwarder show: by "name{label=…,…}" the value, and of a histogram how many were recorded.</summary>
internal sealed class Figures : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, double> _recorded = [];
    private Dictionary<string, double> _seen = [];

    private Figures(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter != meter) return;
            Instruments.Add(instrument);
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Measured(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Measured(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Measured(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>All that there are.</summary>
    public List<Instrument> Instruments { get; } = [];

    public static Figures Of(TestForwarder forwarder) => new(forwarder.Forwarder.Meter);

    /// <summary>What they show now.</summary>
    public Dictionary<string, double> Read()
    {
        lock (_lock) _seen = [];
        _listener.RecordObservableInstruments();
        lock (_lock) return new Dictionary<string, double>(_seen.Concat(_recorded));
    }

    /// <summary>One of them; 0 if it is not there.</summary>
    public double this[string name] => Read().GetValueOrDefault(name);

    /// <summary>Whether a figure can only grow.</summary>
    public bool IsCount(string name) =>
        Instruments.Any(instrument => instrument is ObservableCounter<long> or Histogram<double> && name.StartsWith($"{instrument.Name}{{", StringComparison.Ordinal));

    public void Dispose() => _listener.Dispose();

    private void Measured(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new List<string>();
        foreach (var (label, name) in tags) labels.Add($"{label}={name}");
        var key = $"{instrument.Name}{{{string.Join(',', labels)}}}";
        lock (_lock)
        {
            if (instrument.IsObservable) _seen.Add(key, value);
            else _recorded[key] = _recorded.GetValueOrDefault(key) + 1;
        }
    }
}
