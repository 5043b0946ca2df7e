using System.Buffers;
using System.Text;
using SniForward.Framing;

namespace SniForward.Tests.Framing;

/// <summary>A request of a connection. Its body is null if it never became whole.</summary>
internal sealed record SplitRequest(string Method, string Target, string Host, string? Body);

/// <summary>The requests that we accept of what a client sends on one connection.</summary>
/// <param name="Requests">Whole ones, in order.</param>
/// <param name="WaitsForMore">Whether the rest may become another request; otherwise it is refused, or nobody wants it.</param>
internal sealed record Split(IReadOnlyList<SplitRequest> Requests, bool WaitsForMore)
{
    public static Split Of(byte[] bytes)
    {
        var requests = new List<SplitRequest>();
        var rest = new ReadOnlySequence<byte>(bytes);
        while (true)
        {
            var head = new RequestHead();
            var answer = head.Read(rest, 64 * 1024);
            if (answer is not HeadAnswer.Found) return new Split(requests, answer is HeadAnswer.NeedMore);

            var body = new BodyReader(head.Body);
            var bodyBytes = rest.Slice(head.Length).ToArray();
            var bodyAnswer = body.Read(bodyBytes, out var taken);
            if (bodyAnswer is not BodyAnswer.Ended) return new Split(requests, bodyAnswer is BodyAnswer.More);

            bodyBytes = bodyBytes[..taken];
            requests.Add(new SplitRequest(
                Text(head.MethodName.Of(rest)), Text(head.Target.Of(rest)), Text(head.Host.Of(rest)),
                head.Body.Kind is BodyKind.Chunked ? BodyOracle.Read(bodyBytes).Data : Encoding.Latin1.GetString(bodyBytes)));
            if (!head.KeepsAlive || head.WantsUpgrade || head.Method is RequestMethod.Connect) return new Split(requests, WaitsForMore: false);
            rest = rest.Slice(head.Length + taken);
        }
    }

    private static string Text(in ReadOnlySequence<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
