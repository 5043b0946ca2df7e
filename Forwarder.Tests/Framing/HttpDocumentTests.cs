using System.Text;
using System.Text.RegularExpressions;
using SniForward.Framing;
using SniForward.Tests.Peeking;

namespace SniForward.Tests.Framing;

/// <summary>Every row of the tables in docs/http.md is so.</summary>
public sealed partial class HttpDocumentTests
{
    private static readonly string PathOfDocument = Path.Combine(Repository.Folder("docs"), "http.md");

    private static readonly Row[] Rows = ReadRows();

    public static TheoryData<string> Keys => [.. Rows.Select(row => row.Key)];

    /// <summary>What could make others see other requests than we do, made of the rows about requests.</summary>
    internal static IEnumerable<Payload> Payloads => Rows.Select(PayloadOf).OfType<Payload>();

    /// <summary>The heads of answers to GET.</summary>
    internal static IEnumerable<(string Name, string Text)> Answers => Inputs("Answers to GET");

    /// <summary>The chunked bodies.</summary>
    internal static IEnumerable<(string Name, string Text)> Chunks => Inputs("Chunked bodies");

    [Theory]
    [MemberData(nameof(Keys))]
    public void Everything_is_what_its_row_says(string key)
    {
        var row = Rows.Single(row => row.Key == key);
        switch (row.Table)
        {
            case "Chunked bodies":
                BodyReading.AssertAlways(row.Outcome is "it ends" ? $"Ended {row.Input.Length}" : row.Outcome.Replace("refused", "Malformed"), new BodyFraming(BodyKind.Chunked), row.Input);
                break;
            case "Answers to GET":
                AssertRow(HeadReadings.Response(RequestMethod.Get), row);
                break;
            case "Answers to HEAD":
                AssertRow(HeadReadings.Response(RequestMethod.Head), row);
                break;
            case "Answers to CONNECT":
                AssertRow(HeadReadings.Response(RequestMethod.Connect), row);
                break;
            default:
                AssertRow(HeadReadings.Request, row);
                break;
        }
    }

    [Fact]
    public void No_row_is_left_out()
    {
        var lines = File.ReadLines(PathOfDocument).Count(line => line.StartsWith("| `", StringComparison.Ordinal));

        Assert.Equal(lines, Rows.Length);
        Assert.Equal(
            ["Request lines", "Fields of a request", "Whole requests", "Chunked bodies", "Answers to GET", "Answers to HEAD", "Answers to CONNECT"],
            Rows.Select(row => row.Table).Distinct());
    }

    [Fact]
    public void Every_test_that_it_names_is_there()
    {
        var named = File.ReadLines(PathOfDocument).Select(line => NamedTest().Match(line)).Where(match => match.Success)
            .Select(match => (Class: match.Groups["class"].Value, Method: match.Groups["method"].Value)).ToArray();
        var types = typeof(HttpDocumentTests).Assembly.GetTypes();

        Assert.NotEmpty(named);
        Assert.All(named, test => Assert.Contains(types, type => type.Name == test.Class && type.GetMethod(test.Method) is not null));
    }

    private static IEnumerable<(string Name, string Text)> Inputs(string table) =>
        Rows.Where(row => row.Table == table).Select(row => (row.Key, Encoding.Latin1.GetString(row.Input)));

    private static Payload? PayloadOf(Row row) => row.Table switch
    {
        "Chunked bodies" => Payload.OfChunks(row.Key, Encoding.Latin1.GetString(row.Input)),
        "Answers to GET" or "Answers to HEAD" or "Answers to CONNECT" => null,
        _ => Payload.OfHead(row.Key, Encoding.Latin1.GetString(row.Input)),
    };

    private static void AssertRow(HeadReading read, Row row)
    {
        foreach (var (arrival, deliveries) in Arrivals.All(row.Input))
        {
            var found = read(deliveries, Arrivals.MaxBytes);
            Assert.True(row.Outcome == OutcomeOf(found), $"{row.Key}, {arrival}: it says '{row.Outcome}', found {found}");
        }
    }

    /// <summary>A reading in the tables' words.</summary>
    private static string OutcomeOf(string reading)
    {
        if (reading.StartsWith("Malformed: ", StringComparison.Ordinal)) return $"refused: {reading[11..]}";
        return BodyOf().Match(reading).Groups[1].Value switch
        {
            "None" => "no body",
            "Chunked" => "chunked",
            "UntilClose" => "until the connection ends",
            "Tunnel" => "a tunnel",
            var length => $"{length[7..]} bytes",
        };
    }

    private static Row[] ReadRows()
    {
        var rows = new List<Row>();
        var table = "";
        foreach (var line in File.ReadLines(PathOfDocument))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal)) table = line[3..];
            if (RowOf().Match(line) is { Success: true } row) rows.Add(new Row(table, row.Groups[1].Value, row.Groups[2].Value));
        }
        return [.. rows];
    }

    [GeneratedRegex(@"^\| `(.+?)` \| ([^|]+) \| [^|]+ \|$")]
    private static partial Regex RowOf();

    [GeneratedRegex(@" (None|Length \d+|Chunked|UntilClose|Tunnel) (keep|close) ")]
    private static partial Regex BodyOf();

    [GeneratedRegex(@"\| (?<class>\w+Tests)\.(?<method>\w+) \|$")]
    private static partial Regex NamedTest();

    [GeneratedRegex(@"\\(r|n|t|0|x[0-9a-f]{2})")]
    private static partial Regex Escape();

    private sealed record Row(string Table, string Text, string Outcome)
    {
        public string Key => $"{Table}: {Text}";

        public byte[] Input => Encoding.Latin1.GetBytes(Around(Escape().Replace(Text, escape => escape.Value[1] switch
        {
            'r' => "\r",
            'n' => "\n",
            't' => "\t",
            '0' => "\0",
            _ => ((char)Convert.ToByte(escape.Value[2..], 16)).ToString(),
        })));

        private string Around(string input) => Table switch
        {
            "Request lines" => $"{input}\r\nHost: a\r\n\r\n",
            "Fields of a request" => $"POST / HTTP/1.1\r\nHost: a\r\n{input}\r\n\r\n",
            _ => input,
        };
    }
}
