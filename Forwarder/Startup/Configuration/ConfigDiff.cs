using System.Globalization;
using System.Text;

namespace SniForward.Startup.Configuration;

/// <summary>Tells what two configurations say differently. Comments, order and spelling make no difference.</summary>
internal static class ConfigDiff
{
    private const string Secret = "admin.token";
    private const int LongestValue = 100;

    /// <summary>The changes from one text to another, both valid: in the order of the second, and then what it has no more.</summary>
    public static IReadOnlyList<ConfigChange> Of(string before, string after)
    {
        var (old, now) = (Flatten(before), Flatten(after));
        List<ConfigChange> changes = [];
        foreach (var (key, value) in now)
        {
            if (!old.TryGetValue(key, out var was)) changes.Add(new(key, Added(key, value)));
            else if (was != value) changes.Add(new(key, Changed(key, was, value)));
        }
        foreach (var (key, value) in old)
        {
            if (!now.ContainsKey(key)) changes.Add(new(key, Removed(key, value)));
        }
        return changes;
    }

    private static string Added(string key, string value) => IsEntry(key) || key == Secret ? $"{key} added" : $"{key} = {Short(value)} added";

    private static string Removed(string key, string value) => IsEntry(key) || key == Secret ? $"{key} removed" : $"{key} = {Short(value)} removed";

    private static string Changed(string key, string was, string value) => IsEntry(key) || key == Secret ? $"{key} changed" : $"{key}: {Short(was)} is now {Short(value)}";

    /// <summary>Of a list of tables, rather than a key of a table.</summary>
    private static bool IsEntry(string key) => key.Contains(' ', StringComparison.Ordinal);

    private static string Short(string value) => value.Length <= LongestValue ? value : $"{value.AsSpan(0, LongestValue)}…";

    private static OrderedDictionary<string, string> Flatten(string text)
    {
        var flat = new OrderedDictionary<string, string>();
        if (ConfigDocument.Parse(text, new ConfigErrors("")) is { } root) Flatten(root, "", flat);
        return flat;
    }

    private static void Flatten(ConfigTable table, string prefix, OrderedDictionary<string, string> flat)
    {
        foreach (var entry in table.Entries)
        {
            switch (entry.Value)
            {
                case ConfigTable { Origin: not TableOrigin.Inline } inner:
                    Flatten(inner, $"{prefix}{entry.Key}.", flat);
                    break;
                case ConfigArray { OfHeaders: true } list:
                    foreach (var (index, item) in list.Items.OfType<ConfigTable>().Index()) Add(flat, $"{prefix}{entry.Key} {NameOf(item, index)}", Render(item));
                    break;
                default:
                    flat[$"{prefix}{entry.Key}"] = Render(entry.Value);
                    break;
            }
        }
    }

    /// <summary>Several routes may have the same hosts: they are told apart by their order.</summary>
    private static void Add(OrderedDictionary<string, string> flat, string key, string value)
    {
        var unique = key;
        for (var i = 2; !flat.TryAdd(unique, value); i++) unique = $"{key} ({i})";
    }

    /// <summary>What people call a table of a list: its name, its hosts, or the file of its certificate; or else its place.</summary>
    private static string NameOf(ConfigTable table, int index)
    {
        foreach (var key in new[] { "name", "hosts", "protocol", "certificate", "bind" })
        {
            switch (table.Find(key)?.Value)
            {
                case ConfigScalar { Value: string name }:
                    return name;
                case ConfigArray { Items.Count: > 0 } names:
                    return string.Join(", ", names.Items.OfType<ConfigScalar>().Select(name => name.Value));
            }
        }
        return string.Create(CultureInfo.InvariantCulture, $"{index + 1}");
    }

    private static string Render(ConfigNode node)
    {
        var text = new StringBuilder();
        Render(node, text);
        return text.ToString();
    }

    private static void Render(ConfigNode node, StringBuilder text)
    {
        switch (node)
        {
            case ConfigTable table:
                Join("{ ", table.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal), " }", entry =>
                {
                    text.Append(entry.Key).Append(" = ");
                    Render(entry.Value, text);
                });
                break;
            case ConfigArray array:
                Join("[", array.Items, "]", item => Render(item, text));
                break;
            case ConfigScalar { Value: string value }:
                text.Append('"').Append(value).Append('"');
                break;
            case ConfigScalar { Value: bool value }:
                text.Append(value ? "true" : "false");
                break;
            case ConfigScalar { Value: var value }:
                text.Append(CultureInfo.InvariantCulture, $"{value}");
                break;
        }

        void Join<T>(string open, IEnumerable<T> items, string close, Action<T> render)
        {
            text.Append(open);
            foreach (var (index, item) in items.Index())
            {
                if (index > 0) text.Append(", ");
                render(item);
            }
            text.Append(close);
        }
    }
}
