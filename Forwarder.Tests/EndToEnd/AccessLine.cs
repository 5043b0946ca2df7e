namespace SniForward.Tests.EndToEnd;

/// <summary>One access-log line, by field.</summary>
internal sealed class AccessLine(Dictionary<string, object?> fields)
{
    public string End => Text("End");

    public string Name => Text("Name");

    public string Route => Text("Route");

    public long BytesUp => (long)(fields["BytesUp"] ?? -1L);

    public long BytesDown => (long)(fields["BytesDown"] ?? -1L);

    public string Text(string field) => Convert.ToString(fields[field], System.Globalization.CultureInfo.InvariantCulture) ?? "";
}
