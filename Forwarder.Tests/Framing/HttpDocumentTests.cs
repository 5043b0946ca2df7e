using System.Text;
using System.Text.RegularExpressions;
using SniForward.Tests.Peeking;

namespace SniForward.Tests.Framing;

/// <summary>Every row of the tables in docs/http.md is so.</summary>
public sealed partial class HttpDocumentTests
{
    private static readonly Row[] Rows = ReadRows();

    public static TheoryData<string> RequestRows => [.. Rows.Where(row => row.Table.Contains("equest", StringComparison.Ordinal)).Select(row => row.Key)];

    [Theory]
    [MemberData(nameof(RequestRows))]
    public void A_request_is_what_its_row_says(string key) => AssertRow(HeadReadings.Request, Rows.Single(row => row.Key == key));

    [Fact]
    public void No_table_is_left_out() => Assert.Equal(["Request lines", "Fields of a request", "Whole requests"], Rows.Select(row => row.Table).Distinct());

    /// <summary>The heads of the rows.</summary>
    internal static IEnumerable<byte[]> Heads => Rows.Select(row => row.Input);

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
            var length => $"{length[7..]} bytes",
        };
    }

    private static Row[] ReadRows()
    {
        var rows = new List<Row>();
        var table = "";
        foreach (var line in File.ReadLines(Path.Combine(Repository.Folder("docs"), "http.md")))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal)) table = line[3..];
            if (RowOf().Match(line) is { Success: true } row) rows.Add(new Row(table, row.Groups[1].Value, row.Groups[2].Value));
        }
        return [.. rows];
    }

    [GeneratedRegex(@"^\| `(.+?)` \| ([^|]+) \| [^|]+ \|$")]
    private static partial Regex RowOf();

    [GeneratedRegex(@" (None|Length \d+|Chunked) (keep|close) ")]
    private static partial Regex BodyOf();

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
