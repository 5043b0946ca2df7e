using SniForward.Framing;

namespace SniForward.Tests.Framing;

/// <summary>Reads a body from parts, and tells in one line what came of it.</summary>
internal static class BodyReading
{
    /// <summary>"Ended N" with the bytes that belong to it, "More", or "Malformed" with the reason.</summary>
    /// <param name="body">How its end is found.</param>
    /// <param name="parts">The bytes as they come.</param>
    /// <param name="isPassing">Whether what is certain is passed over without being read.</param>
    public static string Read(BodyFraming body, IEnumerable<ReadOnlyMemory<byte>> parts, bool isPassing = false)
    {
        var reader = new BodyReader(body);
        var total = 0L;
        foreach (var each in parts)
        {
            var part = each;
            if (isPassing)
            {
                var passed = (int)Math.Min(part.Length, reader.Certain);
                reader.Pass(passed);
                total += passed;
                part = part[passed..];
            }

            var answer = reader.Read(part.Span, out var taken);
            total += taken;
            Assert.InRange(taken, 0, part.Length);
            Assert.Equal(answer is BodyAnswer.Ended, reader.HasEnded);
            Assert.Equal(answer is BodyAnswer.Malformed, reader.Reason is not null);
            if (answer is BodyAnswer.Ended) return $"Ended {total}";
            if (answer is BodyAnswer.Malformed) return $"Malformed: {reader.Reason}";
            Assert.Equal(part.Length, taken);
        }
        return "More";
    }

    public static IEnumerable<ReadOnlyMemory<byte>> Whole(byte[] bytes) => [bytes];

    /// <summary>Parts of <paramref name="sizes"/>, and then the rest.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Parts(byte[] bytes, params int[] sizes)
    {
        var at = 0;
        foreach (var size in sizes)
        {
            var part = Math.Min(size, bytes.Length - at);
            yield return bytes.AsMemory(at, part);
            at += part;
        }
        yield return bytes.AsMemory(at);
    }

    /// <summary>Asserts that a body is read as <paramref name="expected"/> as a whole, byte by byte and split in two at every offset.</summary>
    public static void AssertAlways(string expected, BodyFraming body, byte[] bytes)
    {
        Assert.Equal(expected, Read(body, Whole(bytes)));
        Assert.Equal(expected, Read(body, Parts(bytes, [.. Enumerable.Repeat(1, bytes.Length)])));
        for (var at = 0; at <= bytes.Length; at++)
        {
            Assert.Equal(expected, Read(body, Parts(bytes, at)));
            Assert.Equal(expected, Read(body, Parts(bytes, at), isPassing: true));
        }
    }
}
