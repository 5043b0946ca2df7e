namespace SniForward.Startup.Configuration;

/// <summary>
/// Reads one table key by key. What is absent or refused is null or the default given, so that reading goes on;
/// <see cref="RefuseOtherKeys"/> at the end refuses every key that was not asked for.
/// <paramref name="title"/> is how messages name the table, such as <c>[[route]]</c>.
/// </summary>
internal sealed class ConfigSection(ConfigTable table, string title, ConfigErrors errors)
{
    private readonly List<string> _known = new(10);

    public int Line => table.Line;

    public bool Has(string key) => table.Find(key) is not null;

    /// <summary>Adds an error that concerns the table as a whole.</summary>
    public void Refuse(string why) => errors.Add(table, why);

    /// <summary>Adds that a key is missing; <paramref name="advice"/> says what to write.</summary>
    public void RefuseWithout(string key, string advice) => Refuse($"\"{key}\" is missing in {title}; {advice}");

    /// <summary>Refuses the value of a key that is there.</summary>
    public void RefuseKey(string key, string why)
    {
        if (table.Find(key) is { } entry)
            errors.Add(entry.Value, $"{key}: {why}");
    }

    /// <summary>Adds what is no error, but somebody should see to.</summary>
    public void WarnOfKey(string key, string what)
    {
        if (table.Find(key) is { } entry)
            errors.Warn(entry.Value, $"{key}: {what}");
    }

    /// <summary>True or false; <paramref name="expected"/> is what messages say that it should have been.</summary>
    public bool Boolean(string key, bool otherwise, string expected = "true or false")
    {
        if (Find(key) is not { } node)
            return otherwise;
        if (node is ConfigScalar { Value: bool value })
            return value;

        Mistyped(key, node, expected);
        return otherwise;
    }

    /// <summary>An integer from 0 to <paramref name="most"/>; 0 if absent.</summary>
    public int Count(string key, int most = int.MaxValue) => Count(key, otherwise: 0, least: 0, most);

    /// <summary>An integer from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public int Count(string key, int otherwise, int least = 0, int most = int.MaxValue)
    {
        if (Find(key) is not { } node)
            return otherwise;
        if (node is not ConfigScalar { Value: long value })
            Mistyped(key, node, "an integer");
        else if (value < least || value > most)
            errors.Add(node, $"{key}: {value} is out of range; it may be {least} to {most}");
        else
            return (int)value;

        return otherwise;
    }

    public ConfigText? String(string key, string expected = "a string") =>
        Find(key) is { } node ? Text(key, node, expected) : null;

    /// <summary>What a text means; <paramref name="expected"/> is what messages say that the value should have been.</summary>
    public T Value<T>(string key, T otherwise, TextParser<T> parser, string expected) =>
        String(key, expected) is { } text && text.TryParse(parser, out var value) ? value : otherwise;

    public T Choice<T>(string key, T otherwise, IReadOnlyList<(string Word, T Value)> words) =>
        String(key) is { } text && text.TryChoose(words, out var value) ? value : otherwise;

    /// <summary>A list of strings, or a single one; null if absent. Items that are no strings are refused and left out.</summary>
    public IReadOnlyList<ConfigText>? Strings(string key)
    {
        switch (Find(key))
        {
            case null:
                return null;
            case ConfigArray array:
                var texts = new List<ConfigText>(array.Items.Count);
                foreach (var item in array.Items)
                {
                    if (Text(key, item, "a string") is { } text)
                        texts.Add(text);
                }

                return texts;
            case var node:
                return Text(key, node, "a string or a list of strings") is { } single ? [single] : [];
        }
    }

    /// <summary>As <see cref="Strings"/>, but must be there and hold something.</summary>
    public IReadOnlyList<ConfigText> RequiredStrings(string key, string advice)
    {
        var texts = Strings(key);
        if (texts is null)
            RefuseWithout(key, advice);
        else
            RefuseEmpty(key, advice);
        return texts ?? [];
    }

    /// <summary>Refuses a list without items; <paramref name="advice"/> says what to write.</summary>
    public void RefuseEmpty(string key, string advice)
    {
        if (table.Find(key)?.Value is ConfigArray { Items.Count: 0 } empty)
            errors.Add(empty, $"{key}: the list is empty; {advice}");
    }

    /// <summary>What a list of texts means; what a parser does not understand is refused and left out.</summary>
    public IReadOnlyList<T> Values<T>(string key, TextParser<T> parser)
    {
        if (Strings(key) is not { Count: > 0 } texts)
            return [];

        var values = new List<T>(texts.Count);
        foreach (var text in texts)
        {
            if (text.TryParse(parser, out var value))
                values.Add(value);
        }

        return values;
    }

    /// <summary>The items of a list that are not simply strings.</summary>
    public IReadOnlyList<ConfigNode>? Items(string key, string expected)
    {
        if (Find(key) is not { } node)
            return null;
        if (node is ConfigArray array)
            return array.Items;

        Mistyped(key, node, expected);
        return [];
    }

    /// <summary>As <see cref="Items"/>, or a single one.</summary>
    public IReadOnlyList<ConfigNode>? ItemsOrOne(string key) => Find(key) switch
    {
        null => null,
        ConfigArray array => array.Items,
        var node => [node],
    };

    public ConfigText? Text(string key, ConfigNode node, string expected)
    {
        if (node is ConfigScalar { Value: string value })
            return new(key, value, node, errors);

        Mistyped(key, node, expected);
        return null;
    }

    /// <summary>A <c>[key]</c>; null if absent.</summary>
    public ConfigSection? Table(string key)
    {
        if (Find(key) is not { } node)
            return null;
        if (node is ConfigTable child)
            return new(child, $"[{key}]", errors);

        Mistyped(key, node, $"a table, [{key}]");
        return null;
    }

    /// <summary>What may be a table or something simpler; null if it is no table.</summary>
    public ConfigSection? TableOrNull(string key) => Find(key) is ConfigTable child ? new(child, key, errors) : null;

    /// <summary>Every <c>[[key]]</c>, in the order of the file.</summary>
    public IEnumerable<ConfigSection> Tables(string key)
    {
        if (Find(key) is not { } node)
            yield break;

        if (node is not ConfigArray array)
        {
            Mistyped(key, node, $"an array of tables, each under [[{key}]]");
            yield break;
        }

        string each = $"[[{key}]]";
        foreach (var item in array.Items)
        {
            if (item is ConfigTable child)
                yield return new(child, each, errors);
            else
                Mistyped(key, item, $"a table, {each}");
        }
    }

    /// <summary>Every <c>[key.NAME]</c> with its name, in the order of the file.</summary>
    public IEnumerable<(ConfigText Name, ConfigSection Section)> NamedTables(string key)
    {
        if (Find(key) is not { } node)
            yield break;

        if (node is not ConfigTable named)
        {
            Mistyped(key, node, $"tables with names, [{key}.NAME]");
            yield break;
        }

        foreach (var entry in named.Entries)
        {
            if (entry.Value is ConfigTable child)
                yield return (new(key, entry.Key, child, errors), new(child, $"[{key}.{entry.Key}]", errors));
            else
                Mistyped($"{key}.{entry.Key}", entry.Value, $"a table with a name, [{key}.NAME]");
        }
    }

    public void RefuseOtherKeys()
    {
        foreach (var entry in table.Entries)
        {
            if (!_known.Contains(entry.Key))
                errors.Add(entry.Line, entry.Column, $"unknown key \"{entry.Key}\" in {title}{ConfigHint.DidYouMean(entry.Key, _known)}");
        }
    }

    private ConfigNode? Find(string key)
    {
        _known.Add(key);
        return table.Find(key)?.Value;
    }

    private void Mistyped(string key, ConfigNode found, string expected) =>
        errors.Add(found, $"{key}: expected {expected}, found {found.Kind}");
}
