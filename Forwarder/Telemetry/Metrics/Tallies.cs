using System.Collections;
using System.Collections.Concurrent;

namespace SniForward.Telemetry.Metrics;

/// <summary>Counts by what they are of. Keys must come from the configuration, or be few: none is ever forgotten.</summary>
internal sealed class Tallies<TKey> : IEnumerable<KeyValuePair<TKey, Tally>>
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Tally> _all = new();

    /// <summary>The one of <paramref name="key"/>, made if it is the first time.</summary>
    public Tally this[TKey key] => _all.GetOrAdd(key, static _ => new Tally());

    public IEnumerator<KeyValuePair<TKey, Tally>> GetEnumerator() => _all.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
