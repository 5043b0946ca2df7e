using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using CsCheck;
using SniForward.Telemetry;
using SniForward.Telemetry.Access;

namespace SniForward.Tests.Telemetry.Access;

/// <summary>Whatever the values are, a line is one line, and each value is where it belongs.</summary>
public sealed class LineWriterTests
{
    private static readonly DateTime Noon = new(2026, 7, 1, 12, 0, 0, 7, 9, DateTimeKind.Utc);

    private static readonly Gen<string> AnyText = Gen.OneOf(
        Gen.String, Gen.Char.Array[0, 40].Select(characters => new string(characters)), Gen.String["-\\\"\r\n\0\x1b\x7f é\u2028{}=,#"]);

    [Fact]
    public void Any_text_is_read_back_from_a_line_of_JSON() =>
        Gen.Select(AnyText, AnyText).Sample((word, sentence) =>
        {
            var line = Line(LogFormat.Json, word, sentence);

            Assert.DoesNotContain('\n', line[..^1]);
            var fields = JsonDocument.Parse(line).RootElement;
            Assert.Equal(
                ["time", "listener", "id", .. Given("word", word), .. Given("sentence", sentence), "last"],
                fields.EnumerateObject().Select(field => field.Name));
            if (word != "-") Assert.Equal(WithoutLoneSurrogates(word), fields.GetProperty("word").GetString());
            if (sentence != "-") Assert.Equal(WithoutLoneSurrogates(sentence), fields.GetProperty("sentence").GetString());
        });

    [Fact]
    public void Any_text_leaves_a_line_of_text_one_line_of_as_many_fields() =>
        Gen.Select(AnyText, AnyText).Sample((word, sentence) =>
        {
            var line = Line(LogFormat.Text, word, sentence);

            Assert.All(line[..^1], character => Assert.InRange(character, ' ', '~'));
            Assert.Matches("""^2026-07-01T12:00:00\.007Z web #7 word=[^ "]* sentence=(?:[^ "]*|"[^"]*") last=1\n$""", line);
        });

    [Fact]
    public void A_line_that_does_not_fit_is_not_taken_for_whole() =>
        Gen.Select(AnyText, Gen.Bool).Sample((text, isJson) =>
        {
            var format = isJson ? LogFormat.Json : LogFormat.Text;
            var whole = Encoding.UTF8.GetByteCount(Line(format, text, text));

            for (var size = 0; size < whole; size++) Assert.False(TryWrite(new byte[size], format, text, text, out _));
            Assert.True(TryWrite(new byte[whole], format, text, text, out _));
        });

    [Fact]
    public void Values_of_every_kind_in_text() =>
        Assert.Equal(
            "2026-07-01T12:00:00.007Z web #7 none=- word=a\\x20b\\x22\\xC3\\xA9\\n sentence=\"a b\" nothing=- number=-3 flag=true seconds=61.000002 "
            + "ipv4=203.0.113.9:50112 ipv6=[2001:db8::1]:443 foreign=a\\x20b\\x5C\\xFF nobody=- unix=unix:/run/a\\x20b.sock no=-\n",
            Values(LogFormat.Text));

    [Fact]
    public void Values_of_every_kind_in_JSON() =>
        Assert.Equal(
            """
            {"time":"2026-07-01T12:00:00.007Z","listener":"web","id":7,"word":"a b\"é\\n","sentence":"a b","number":-3,"flag":true,"seconds":61.000002,
            """
            + """
            "ipv4":"203.0.113.9:50112","ipv6":"[2001:db8::1]:443","foreign":"a\\x20b\\x5C\\xFF","unix":"unix:/run/a\\x20b.sock"}
            """ + "\n",
            Values(LogFormat.Json));

    [Theory]
    [InlineData(LogFormat.Text)]
    [InlineData(LogFormat.Json)]
    internal void Nothing_is_allocated(LogFormat format)
    {
        var (buffer, client) = (new byte[1000], new IPEndPoint(IPAddress.Loopback, 4433));
        Allocations.AssertNone(() =>
        {
            var line = new LineWriter(buffer, format);
            line.Begin(DateTime.UtcNow, "web", 7);
            line.Address("client"u8, client);
            line.Word("word"u8, "a b\u00e9\n");
            line.Sentence("sentence"u8, "the name is no host name");
            line.Seconds("duration"u8, TimeSpan.FromSeconds(1.5));
            line.TryEnd(out _);
        });
    }

    private static string Values(LogFormat format)
    {
        var buffer = new byte[1000];
        var line = new LineWriter(buffer, format);
        line.Begin(Noon, "web", 7);
        line.Word("none"u8, "-");
        line.Word("word"u8, "a b\"é\\n");
        line.Sentence("sentence"u8, "a b");
        line.Sentence("nothing"u8, "-");
        line.Number("number"u8, -3);
        line.Flag("flag"u8, true);
        line.Seconds("seconds"u8, new TimeSpan(0, 0, 1, 1, 0, 2));
        line.Address("ipv4"u8, IPEndPoint.Parse("203.0.113.9:50112"));
        line.Address("ipv6"u8, IPEndPoint.Parse("[2001:db8::1]:443"));
        line.Foreign("foreign"u8, [(byte)'a', (byte)' ', (byte)'b', (byte)'\\', 0xFF]);
        line.Foreign("nobody"u8, default);
        line.Address("unix"u8, new UnixDomainSocketEndPoint("/run/a b.sock"));
        line.Address("no"u8, null);
        Assert.True(line.TryEnd(out var length));
        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    private static string Line(LogFormat format, string word, string sentence)
    {
        var buffer = new byte[10_000];
        Assert.True(TryWrite(buffer, format, word, sentence, out var length));
        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    private static bool TryWrite(byte[] buffer, LogFormat format, string word, string sentence, out int length)
    {
        var line = new LineWriter(buffer, format);
        line.Begin(Noon, "web", 7);
        line.Word("word"u8, word);
        line.Sentence("sentence"u8, sentence);
        line.Number("last"u8, 1);
        return line.TryEnd(out length);
    }

    private static string[] Given(string name, string value) => value == "-" ? [] : [name];

    private static string WithoutLoneSurrogates(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
