using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using SniForward.Telemetry;
using SniForward.Telemetry.Access;

namespace SniForward.Tests.Telemetry.Access;

public sealed partial class AccessFieldsTests
{
    [Fact]
    public void The_README_names_every_field_in_its_order()
    {
        var buffer = new byte[10_000];
        var line = new LineWriter(buffer, LogFormat.Json);
        AccessFields.Write(ref line, DateTime.UtcNow, 7, Whole());
        Assert.True(line.TryEnd(out var length));

        var fields = JsonDocument.Parse(buffer.AsMemory(0, length)).RootElement.EnumerateObject().Select(field => field.Name);

        var readme = File.ReadAllText(Path.Combine(Repository.Folder(""), "README.md"));
        var chapter = readme.Split("\n## ").Single(chapter => chapter.StartsWith("Access log\n", StringComparison.Ordinal));
        Assert.Equal(Rows().Matches(chapter).Select(row => row.Groups[1].Value), fields);
    }

    /// <summary>An entry of which every field has something to say.</summary>
    private static AccessEntry Whole()
    {
        var entry = new AccessEntry();
        entry.Begin("web", new IPEndPoint(IPAddress.Loopback, 1));
        (entry.Protocol, entry.Name, entry.Alpn, entry.Ja4, entry.Subject, entry.Route, entry.Backend, entry.Reason) = ("tls", "a.example", "h2", "t13", "CN=x", "a", "b", "none");
        entry.Proxied(new IPEndPoint(IPAddress.Loopback, 2));
        entry.Dialled(new IPEndPoint(IPAddress.Loopback, 3), TimeSpan.Zero);
        return entry;
    }

    [GeneratedRegex("^\\| `([a-z0-9_]+)` \\|", RegexOptions.Multiline)]
    private static partial Regex Rows();
}
