using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CsCheck;
using SniForward.Telemetry;
using SniForward.Telemetry.Access;

namespace SniForward.Tests.Telemetry.Access;

public sealed partial class AccessFieldsTests
{
    private static readonly byte[] Awkward = "-\\\"\r\n\0 {}=,#\u00e9"u8.ToArray();

    private static readonly Gen<byte[]> AnyBytes = Gen.OneOf(Gen.Byte.Array[0, 300], Gen.Int[0, Awkward.Length - 1].Select(i => Awkward[i]).Array[0, 40]);

    [Fact]
    public void The_README_names_every_field_in_its_order()
    {
        var entry = Whole();
        entry.SetRequest(new("GET"u8.ToArray()), new("/"u8.ToArray()));
        entry.Answered(200, TimeSpan.FromMilliseconds(1));
        var fields = JsonDocument.Parse(Line(LogFormat.Json, entry)).RootElement.EnumerateObject().Select(field => field.Name);

        var readme = File.ReadAllText(Path.Combine(Repository.Folder(""), "README.md"));
        var chapter = readme.Split("\n## ").Single(chapter => chapter.StartsWith("Access log\n", StringComparison.Ordinal));
        Assert.Equal(Rows().Matches(chapter).Select(row => row.Groups[1].Value), fields);
    }

    [Fact]
    public void Whatever_a_client_chose_its_line_is_one_line_of_as_many_fields() =>
        Gen.Select(AnyBytes, AnyBytes.Array[0, 20], AnyBytes).Sample((name, alpn, subject) =>
        {
            var entry = Whole();
            entry.SetName(name);
            entry.SetAlpn([.. alpn.Select(protocol => protocol[..Math.Min(protocol.Length, 255)]).SelectMany(protocol => (byte[])[(byte)protocol.Length, .. protocol])]);
            entry.SetSubject(Encoding.Latin1.GetString(subject));

            var (text, json) = (Line(LogFormat.Text, entry), Line(LogFormat.Json, entry));

            Assert.All(text[..^1], character => Assert.InRange(character, ' ', '~'));
            Assert.Matches("""^[^ ]+ web #7( [a-z0-9_]+=([^ "]+|"[^"]*")){19}\n$""", text);
            Assert.InRange(text.Length, 1, 2000);
            var fields = JsonDocument.Parse(json).RootElement;
            Assert.Equal("completed", fields.GetProperty("end").GetString());
            Assert.Equal(Printable.Bytes(name), fields.TryGetProperty("name", out var value) ? value.GetString() : "-");
            Assert.Contains($" name={Printable.Bytes(name)} ", text, StringComparison.Ordinal);
        });

    [Fact]
    public void An_entry_serves_the_next_connection_and_nothing_of_the_last_is_left()
    {
        var entry = Whole();
        entry.Begin("web", "192.0.2.1:1"u8);

        Assert.Equal(
            " web #7 client=192.0.2.1:1 proxy=- protocol=- name=- ech=false alpn=- ja4=- tls=- subject=- route=- backend=- server=- "
            + "bytes_received=0 bytes_sent=0 duration=0.000000 peek=0.000000 connect=0.000000 end=open reason=-\n",
            Line(LogFormat.Text, entry)["2026-07-01T12:00:00.007Z".Length..]);
    }

    [Fact]
    public void In_steady_state_nothing_is_allocated()
    {
        var (entry, buffer, server) = (new AccessEntry(), new byte[2000], new IPEndPoint(IPAddress.Loopback, 3));
        Allocations.AssertNone(() =>
        {
            entry.Begin("web", "192.0.2.1:1"u8);
            entry.SetName("WWW.example"u8);
            entry.SetHostName("www.example");
            entry.SetAlpn("\x02h2\x08http/1.1"u8);
            entry.SetJa4("t13d3112h2_e8f1e7e78f70_b26ce05bbdd6");
            entry.Dialled(server, TimeSpan.FromMilliseconds(1));
            entry.Finish(ConnectionEnd.Completed, TimeSpan.FromSeconds(1));
            var line = new LineWriter(buffer, LogFormat.Json);
            AccessFields.Write(ref line, DateTime.UtcNow, 7, entry);
            line.TryEnd(out _);
        });
    }

    private static string Line(LogFormat format, AccessEntry entry)
    {
        var buffer = new byte[10_000];
        var line = new LineWriter(buffer, format);
        AccessFields.Write(ref line, DateTime.UtcNow, 7, entry);
        Assert.True(line.TryEnd(out var length));
        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    /// <summary>An entry of which every field has something to say.</summary>
    private static AccessEntry Whole()
    {
        var entry = new AccessEntry();
        entry.Begin("web", "127.0.0.1:1"u8);
        (entry.Protocol, entry.Tls, entry.Route, entry.Backend, entry.Reason, entry.EncryptedClientHello) = ("tls", "TLSv1.3", "a", "b", "no reason", true);
        entry.SetName("a.example"u8);
        entry.SetAlpn("\x02h2"u8);
        entry.SetJa4("t13");
        entry.SetSubject("CN=x");
        entry.Proxied(new IPEndPoint(IPAddress.Loopback, 2));
        entry.Dialled(new IPEndPoint(IPAddress.Loopback, 3), TimeSpan.FromMilliseconds(1));
        entry.Count(1, 2);
        entry.Finish(ConnectionEnd.Completed, TimeSpan.FromSeconds(1));
        return entry;
    }

    [GeneratedRegex("^\\| `([a-z0-9_]+)` \\|", RegexOptions.Multiline)]
    private static partial Regex Rows();
}
