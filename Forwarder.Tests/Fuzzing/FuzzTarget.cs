using System.Buffers;
using SniForward.Peeking;

namespace SniForward.Tests.Fuzzing;

/// <summary>One run of a parser: what it answered, and all that goes with it as one number.</summary>
internal readonly record struct FuzzOutcome(PeekAnswer Answer, int Findings);

/// <summary>Runs a parser on what came first, unless that is empty, and, if it needs more, on all there is; throws if an answer breaks its contract.</summary>
internal delegate FuzzOutcome FuzzRun(in ReadOnlySequence<byte> first, in ReadOnlySequence<byte> all);

/// <summary>A parser that is fuzzed.</summary>
/// <param name="Name">That of its corpus's folder, too.</param>
/// <param name="Run">One run.</param>
/// <param name="Oracle">Whether a slow and obvious second parser comes to the same; null if there is none.</param>
internal sealed record FuzzTarget(string Name, FuzzRun Run, Func<byte[], FuzzOutcome, bool>? Oracle)
{
    /// <summary>Parses <paramref name="input"/> as it is and in two deliveries: two runs of the parser, which must come to the same.</summary>
    /// <exception cref="FuzzFinding">They do not, or an answer breaks its contract.</exception>
    public FuzzOutcome Check(ReadOnlyMemory<byte> input, int split, bool isSegmented)
    {
        var whole = new ReadOnlySequence<byte>(input);
        var outcome = Run(ReadOnlySequence<byte>.Empty, whole);
        var all = isSegmented ? Segment.Two(input, split) : whole;
        var other = Run(all.Slice(0, split), all);
        if (other != outcome) throw new FuzzFinding($"{Name}: {outcome} as a whole, {other} in two deliveries split at {split}: {Convert.ToHexString(input.Span)}");
        return outcome;
    }

    /// <summary>Compares an outcome with what the second parser says.</summary>
    /// <exception cref="FuzzFinding">It says something else.</exception>
    public void CheckByOracle(ReadOnlyMemory<byte> input, FuzzOutcome outcome)
    {
        if (Oracle is null || Oracle(input.ToArray(), outcome)) return;
        throw new FuzzFinding($"{Name}: {outcome}, but the second parser says otherwise: {Convert.ToHexString(input.Span)}");
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        private Segment(ReadOnlyMemory<byte> memory) => Memory = memory;

        public static ReadOnlySequence<byte> Two(ReadOnlyMemory<byte> bytes, int at)
        {
            var first = new Segment(bytes[..at]);
            var second = new Segment(bytes[at..]) { RunningIndex = at };
            first.Next = second;
            return new ReadOnlySequence<byte>(first, 0, second, second.Memory.Length);
        }
    }
}

/// <summary>A parser does not keep its word. The message has the input.</summary>
internal sealed class FuzzFinding(string message) : Exception(message);
