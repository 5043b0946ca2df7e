using System.Globalization;
using System.Text.RegularExpressions;

namespace SniForward.Tests.EndToEnd;

/// <summary>One access-log line, by field.</summary>
internal sealed partial class AccessLine
{
    private readonly Dictionary<string, string> _fields;

    private AccessLine(Dictionary<string, string> fields) => _fields = fields;

    public string End => Text("end");

    public string Name => Text("name");

    public string Route => Text("route");

    public long BytesUp => long.Parse(Text("bytes_received"), CultureInfo.InvariantCulture);

    public long BytesDown => long.Parse(Text("bytes_sent"), CultureInfo.InvariantCulture);

    /// <summary>What the text format says: time, listener and id, then a name and a value for each field.</summary>
    public static AccessLine Parse(string line)
    {
        var match = Line().Match(line);
        Assert.True(match.Success, $"Not an access line: {line}");
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["time"] = match.Groups["time"].Value,
            ["listener"] = match.Groups["listener"].Value,
            ["id"] = match.Groups["id"].Value,
        };
        foreach (var (name, value) in match.Groups["name"].Captures.Zip(match.Groups["value"].Captures)) fields.Add(name.Value, value.Value.Trim('"'));
        return new AccessLine(fields);
    }

    public string Text(string field) => _fields[field];

    public double Seconds(string field) => double.Parse(Text(field), CultureInfo.InvariantCulture);

    [GeneratedRegex("""^(?<time>[0-9-]{10}T[0-9:.]{12}Z) (?<listener>[!-~]+) #(?<id>[0-9]+)(?: (?<name>[a-z0-9_]+)=(?<value>[^ "]+|"[^"]*"))+$""")]
    private static partial Regex Line();
}
