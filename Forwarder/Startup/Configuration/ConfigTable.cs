namespace SniForward.Startup.Configuration;

/// <summary>How a table came to be; TOML allows a second opening of some and not of others.</summary>
internal enum TableOrigin
{
    /// <summary>By the header of a table inside it: <c>[it.child]</c>.</summary>
    Parent,

    /// <summary>By its own header.</summary>
    Header,

    /// <summary>By a dotted key: <c>it.key = 1</c>.</summary>
    Dotted,

    /// <summary>In braces.</summary>
    Inline,
}

/// <summary>A key, where it stands, and its value.</summary>
internal readonly record struct ConfigEntry(string Key, int Line, int Column, ConfigNode Value);

/// <summary>The keys of a table in the order of the file, each once.</summary>
internal sealed class ConfigTable(TableOrigin origin, int line, int column) : ConfigNode(line, column)
{
    // A list of a few keys is searched as fast as it is hashed, and is smaller.
    private const int IndexedFrom = 16;

    private readonly List<ConfigEntry> _entries = new(2);
    private Dictionary<string, int>? _index;

    public TableOrigin Origin { get; private set; } = origin;

    /// <summary>The line of its own header, or where it is first spoken of.</summary>
    public int DefinedAt { get; private set; } = line;

    public IReadOnlyList<ConfigEntry> Entries => _entries;

    public override string Kind => "a table";

    /// <summary>TOML 1.0, "Table": a table is defined once, but its parents may be named before and after.</summary>
    public bool MayOpenAgain(TableOrigin again) => again switch
    {
        TableOrigin.Parent => Origin != TableOrigin.Inline,
        TableOrigin.Header => Origin == TableOrigin.Parent,
        TableOrigin.Dotted => Origin == TableOrigin.Dotted,
        _ => false,
    };

    /// <summary>Its own header was met, after one of a table inside it.</summary>
    public void DefineAt(int headerLine) => (Origin, DefinedAt) = (TableOrigin.Header, headerLine);

    public ConfigEntry? Find(string key)
    {
        if (_index is not null)
            return _index.TryGetValue(key, out int at) ? _entries[at] : null;

        foreach (var entry in _entries)
        {
            if (entry.Key == key)
                return entry;
        }

        return null;
    }

    /// <summary>The caller has made sure that the key is new.</summary>
    public void Add(ConfigEntry entry)
    {
        _entries.Add(entry);
        if (_index is not null)
            _index.Add(entry.Key, _entries.Count - 1);
        else if (_entries.Count == IndexedFrom)
            _index = Enumerable.Range(0, IndexedFrom).ToDictionary(i => _entries[i].Key);
    }
}
