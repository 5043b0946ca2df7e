using System.Buffers;
using System.Text;
using SniForward.Framing;
using SniForward.Peeking;
using SniForward.Tests.Peeking;

namespace SniForward.Tests.Framing;

/// <summary>Reads a head from deliveries, and tells in one line all that was found.</summary>
internal delegate string HeadReading(IEnumerable<ReadOnlySequence<byte>> deliveries, int maxBytes);

/// <summary>What is read from heads, as text: to be compared.</summary>
internal static class HeadReadings
{
    public static string Request(IEnumerable<ReadOnlySequence<byte>> deliveries, int maxBytes)
    {
        var head = new RequestHead();
        var answer = HeadAnswer.NeedMore;
        foreach (var received in deliveries)
        {
            answer = head.Read(received, maxBytes);
            Assert.Equal(answer is HeadAnswer.Malformed, head.Reason is not null);
            if (answer is HeadAnswer.Found) return Describe(head, received);
            if (answer is HeadAnswer.Malformed) return $"Malformed: {head.Reason}";
        }
        return answer.ToString();
    }

    /// <summary>Asserts that a head is read as <paramref name="expected"/> however it arrives.</summary>
    public static void AssertAlways(string expected, HeadReading read, byte[] bytes, int maxBytes = Arrivals.MaxBytes)
    {
        foreach (var (arrival, deliveries) in Arrivals.All(bytes))
        {
            var found = read(deliveries, maxBytes);
            Assert.True(expected == found, $"{arrival}:\nexpected {expected}\nfound    {found}");
        }
    }

    /// <summary>A body as text.</summary>
    public static string BodyText(BodyFraming body) => body.Kind is BodyKind.Length ? $"Length {body.Length}" : body.Kind.ToString();

    private static string Describe(in RequestHead head, ReadOnlySequence<byte> received)
    {
        Assert.Equal(head.Method, RequestMethods.Of(head.MethodName.Of(received).ToArray()));
        string[] parts =
        [
            $"{Text(head.MethodName.Of(received))} {Text(head.Target.Of(received))}",
            head.Form is TargetForm.Origin ? "" : head.Form.ToString(),
            $"@{Text(head.Host.Of(received))}",
            head.IsHttp10 ? "1.0" : "",
            BodyText(head.Body),
            head.KeepsAlive ? "keep" : "close",
            head.WantsUpgrade ? "upgrade" : "",
            head.OffersH2c ? "h2c" : "",
            head.ExpectsContinue ? "expect" : "",
            .. Tail(head.Fields, head.Connection, received),
            $"{head.Start}..{head.Length}",
        ];
        return string.Join(' ', parts.Where(part => part != ""));
    }

    private static string[] Tail(FieldKinds fields, ConnectionOptions connection, ReadOnlySequence<byte> received)
    {
        var named = Enumerable.Range(0, connection.NamedCount).Select(index => Text(connection.Named(index).Of(received)));
        return [$"({fields & ~FieldKinds.Host})", string.Join(',', named)];
    }

    private static string Text(in ReadOnlySequence<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
