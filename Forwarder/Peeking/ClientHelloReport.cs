using System.Buffers;
using System.Buffers.Binary;

namespace SniForward.Peeking;

/// <summary>
/// What a recorded ClientHello offers, for people: facts by label, in the order in which they matter to somebody whose
/// client goes to the wrong backend. Unlike what is read of each connection it allocates.
/// </summary>
internal sealed class ClientHelloReport
{
    private const int RandomLength = 32;
    private const int RecordHeaderLength = 5;

    private readonly List<(string Label, string Value)> _facts = [];

    private ClientHelloReport()
    {
    }

    /// <summary>The facts of the hello that <paramref name="received"/> begins with; none if that is no whole, well-formed hello.</summary>
    public static IReadOnlyList<(string Label, string Value)> Of(in ReadOnlySequence<byte> received)
    {
        var report = new ClientHelloReport();
        var hello = new ClientHello();
        var found = new PeekResult();
        if (hello.Read(received, int.MaxValue, ref found) is not (PeekAnswer.Found or PeekAnswer.NoName)) return [];

        var body = new byte[hello.BodyLength];
        hello.CopyBody(received, body);
        report.AddRecords(received, hello.End);
        report.AddBody(body);
        Span<char> ja4 = stackalloc char[Ja4.Length];
        if (Ja4.TryWrite(received, ja4)) report.Add("JA4", ja4.ToString());
        return report._facts;
    }

    private void AddRecords(in ReadOnlySequence<byte> received, int end)
    {
        var sizes = new List<int>();
        for (var reader = new SequenceReader<byte>(received); reader.Consumed < end; reader.Advance(Math.Min(sizes[^1], reader.Remaining)))
        {
            reader.Advance(RecordHeaderLength - sizeof(short));
            reader.TryReadBigEndian(out short length);
            sizes.Add((ushort)length);
        }
        Add("hello", $"{end} bytes in {sizes.Count} {(sizes.Count == 1 ? "record" : "records")} of {string.Join(", ", sizes)}");
        if (received.Length > end) Add("after the hello", $"{received.Length - end} bytes");
    }

    private void AddBody(ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        reader.TryUInt16(out var version);
        reader.TryTake(RandomLength, out _);
        reader.TryVector8(out var session);
        reader.TryVector16(out var suites);
        reader.TryVector8(out _);
        reader.TryVector16(out var extensions);

        var types = new List<string>();
        var versions = TlsNames.Version(version);
        var details = new List<(string, string)>();
        for (var rest = new WireReader(extensions); rest.TryUInt16(out var type) && rest.TryVector16(out var data);)
        {
            types.Add($"{TlsNames.Extension(type)} ({data.Length})");
            if (type == 0x002b && new WireReader(data) is var list && list.TryVector8(out var supported)) versions = Names(supported, TlsNames.Version);
            else if (Detail(type, data) is { } detail) details.Add(detail);
        }

        Add("versions", versions);
        foreach (var (label, value) in details) Add(label, value);
        Add("cipher suites", $"{suites.Length / sizeof(ushort)}: {Names(suites, TlsNames.Suite)}");
        Add("extensions", $"{types.Count}, with their bytes: {string.Join(", ", types)}");
        Add("session id", $"{session.Length} bytes");
    }

    private static (string, string)? Detail(ushort type, ReadOnlySpan<byte> data)
    {
        var reader = new WireReader(data);
        switch (type)
        {
            case 0x000a when reader.TryVector16(out var groups):
                return ("groups", Names(groups, TlsNames.Group));
            case 0x0033 when reader.TryVector16(out var shares):
                return ("key shares", Shares(shares));
            case 0x000d when reader.TryVector16(out var algorithms):
                return ("signature algorithms", $"{algorithms.Length / sizeof(ushort)}");
            case 0x0023 when !data.IsEmpty:
                return ("session ticket", $"{data.Length} bytes");
            case 0x0029:
                return ("pre-shared key", "offered: it resumes a session");
            case 0x002a:
                return ("early data", "announced");
            case 0xfe0d:
                return ("encrypted hello", data is [0x01, ..] ? "the inner one" : "the outer one: its name may be a decoy, and so may the extension");
            default:
                return null;
        }
    }

    private static string Shares(ReadOnlySpan<byte> shares)
    {
        var names = new List<string>();
        for (var reader = new WireReader(shares); reader.TryUInt16(out var group) && reader.TryVector16(out var key);) names.Add($"{TlsNames.Group(group)} ({key.Length})");
        return string.Join(", ", names);
    }

    private static string Names(ReadOnlySpan<byte> numbers, Func<ushort, string> name)
    {
        var names = new List<string>();
        for (; numbers.Length >= sizeof(ushort); numbers = numbers[sizeof(ushort)..]) names.Add(name(BinaryPrimitives.ReadUInt16BigEndian(numbers)));
        return string.Join(", ", names);
    }

    private void Add(string label, string value) => _facts.Add((label, value));
}
