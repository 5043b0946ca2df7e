using System.Buffers;
using SniForward.Framing;
using SniForward.Peeking;
using SniForward.Tests.Framing;

namespace SniForward.Tests.Fuzzing;

/// <summary>The readers of whole messages. Their answers are told in the words of a peek.</summary>
internal static class FramingFuzz
{
    private const int MaxBytes = 2048;

    private static readonly RequestMethod[] Methods = [RequestMethod.Get, RequestMethod.Head, RequestMethod.Connect];

    public static readonly FuzzTarget[] All =
    [
        new("request", RunRequest, (input, _) => HeadDescription.OfRequest(input, MaxBytes) == RequestOracle.Read(input, MaxBytes)),
        new("response", RunResponse, (input, _) => Methods.All(method => HeadDescription.OfResponse(method, input, MaxBytes) == ResponseOracle.Read(method, input, MaxBytes))),
        new("chunked", RunChunked, (input, outcome) => outcome == OfOracle(BodyOracle.Read(input).Answer)),
    ];

    private static FuzzOutcome RunRequest(in ReadOnlySequence<byte> first, in ReadOnlySequence<byte> all)
    {
        var head = new RequestHead();
        var answer = first.IsEmpty ? HeadAnswer.NeedMore : head.Read(first, MaxBytes);
        if (answer is HeadAnswer.NeedMore) answer = head.Read(all, MaxBytes);

        Check(answer, head.Reason, head.Length, all.Length);
        if (answer is not HeadAnswer.Found) return new FuzzOutcome(InWordsOfAPeek(answer), head.Reason?.Length ?? 0);
        return new FuzzOutcome(PeekAnswer.Found, HashCode.Combine(
            (head.Start, head.Length), head.Method, head.Target, head.Host, head.Body, head.Fields, head.Connection.NamedCount, (head.KeepsAlive, head.WantsUpgrade, head.OffersH2c, head.ExpectsContinue)));
    }

    private static FuzzOutcome RunResponse(in ReadOnlySequence<byte> first, in ReadOnlySequence<byte> all)
    {
        var findings = new HashCode();
        var answer = HeadAnswer.NeedMore;
        foreach (var method in Methods)
        {
            var head = new ResponseHead(method);
            answer = first.IsEmpty ? HeadAnswer.NeedMore : head.Read(first, MaxBytes);
            if (answer is HeadAnswer.NeedMore) answer = head.Read(all, MaxBytes);

            Check(answer, head.Reason, head.Length, all.Length);
            findings.Add(head.Reason?.Length);
            if (answer is HeadAnswer.Found) findings.Add((head.Length, head.Status, head.IsHttp10, head.Body, head.Fields, head.KeepsAlive, head.Connection.NamedCount));
        }
        return new FuzzOutcome(InWordsOfAPeek(answer), findings.ToHashCode());
    }

    private static FuzzOutcome RunChunked(in ReadOnlySequence<byte> first, in ReadOnlySequence<byte> all)
    {
        var body = new BodyReader(new BodyFraming(BodyKind.Chunked));
        var total = 0;
        var answer = Read(ref body, first, ref total);
        if (answer is BodyAnswer.More) answer = Read(ref body, all.Slice(first.Length), ref total);

        Require((answer is BodyAnswer.Malformed) == (body.Reason is not null), "a reason without Malformed, or none with it");
        Require(answer is not BodyAnswer.More || total == all.Length, "bytes that are not taken, and more that are wanted");
        return answer switch
        {
            BodyAnswer.Ended => new FuzzOutcome(PeekAnswer.Found, total),
            BodyAnswer.More => new FuzzOutcome(PeekAnswer.NeedMore, 0),
            _ => new FuzzOutcome(PeekAnswer.Malformed, 0),
        };
    }

    private static BodyAnswer Read(ref BodyReader body, in ReadOnlySequence<byte> bytes, ref int total)
    {
        var answer = BodyAnswer.More;
        foreach (var segment in bytes)
        {
            answer = body.Read(segment.Span, out var taken);
            total += taken;
            if (answer is not BodyAnswer.More) break;
        }
        return answer;
    }

    private static FuzzOutcome OfOracle(string answer) => answer.Split(' ') switch
    {
        ["Ended", var total] => new FuzzOutcome(PeekAnswer.Found, int.Parse(total)),
        ["More"] => new FuzzOutcome(PeekAnswer.NeedMore, 0),
        _ => new FuzzOutcome(PeekAnswer.Malformed, 0),
    };

    private static void Check(HeadAnswer answer, string? reason, int length, long received)
    {
        Require((answer is HeadAnswer.Malformed) == (reason is not null), "a reason without Malformed, or none with it");
        Require(answer is not HeadAnswer.Found || (length > 0 && length <= received && length <= MaxBytes), "a head that is longer than what was received");
    }

    private static PeekAnswer InWordsOfAPeek(HeadAnswer answer) => answer switch
    {
        HeadAnswer.NeedMore => PeekAnswer.NeedMore,
        HeadAnswer.Found => PeekAnswer.Found,
        HeadAnswer.TooLarge => PeekAnswer.TooLarge,
        _ => PeekAnswer.Malformed,
    };

    private static void Require(bool isSo, string finding)
    {
        if (!isSo) throw new FuzzFinding(finding);
    }
}
