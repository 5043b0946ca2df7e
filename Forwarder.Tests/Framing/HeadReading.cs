using System.Buffers;
using SniForward.Framing;
using SniForward.Tests.Peeking;

namespace SniForward.Tests.Framing;

/// <summary>Reads a head from deliveries, and tells in one line all that was found.</summary>
internal delegate string HeadReading(IEnumerable<ReadOnlySequence<byte>> deliveries, int maxBytes);

/// <summary>How heads are read.</summary>
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
            if (answer is HeadAnswer.Found) Assert.Equal(head.Method, RequestMethods.Of(head.MethodName.Of(received).ToArray()));
            if (answer is not HeadAnswer.NeedMore) return Describe(answer, head.Reason, answer is HeadAnswer.Found ? HeadDescription.Of(head, received) : "");
        }
        return answer.ToString();
    }

    public static HeadReading Response(RequestMethod method) => (deliveries, maxBytes) =>
    {
        var head = new ResponseHead(method);
        var answer = HeadAnswer.NeedMore;
        foreach (var received in deliveries)
        {
            answer = head.Read(received, maxBytes);
            Assert.Equal(answer is HeadAnswer.Malformed, head.Reason is not null);
            if (answer is not HeadAnswer.NeedMore) return Describe(answer, head.Reason, answer is HeadAnswer.Found ? HeadDescription.Of(head, received) : "");
        }
        return answer.ToString();
    };

    /// <summary>Asserts that a head is read as <paramref name="expected"/> however it arrives.</summary>
    public static void AssertAlways(string expected, HeadReading read, byte[] bytes, int maxBytes = Arrivals.MaxBytes)
    {
        foreach (var (arrival, deliveries) in Arrivals.All(bytes))
        {
            var found = read(deliveries, maxBytes);
            Assert.True(expected == found, $"{arrival}:\nexpected {expected}\nfound    {found}");
        }
    }

    private static string Describe(HeadAnswer answer, string? reason, string found) => answer switch
    {
        HeadAnswer.Found => found,
        HeadAnswer.Malformed => $"Malformed: {reason}",
        _ => answer.ToString(),
    };
}
