using System.Buffers;
using System.Text;
using SniForward.Framing;
using SniForward.Peeking;

namespace SniForward.Tests.Framing;

/// <summary>All that was found in a head in one line, to be compared.</summary>
internal static class HeadDescription
{
    /// <summary>What is found in a request that is received as a whole; no reason with Malformed.</summary>
    public static string OfRequest(byte[] bytes, int maxBytes)
    {
        var head = new RequestHead();
        var received = new ReadOnlySequence<byte>(bytes);
        var answer = head.Read(received, maxBytes);
        return answer is HeadAnswer.Found ? Of(head, received) : answer.ToString();
    }

    /// <summary>What is found in an answer that is received as a whole; no reason with Malformed.</summary>
    public static string OfResponse(RequestMethod method, byte[] bytes, int maxBytes)
    {
        var head = new ResponseHead(method);
        var received = new ReadOnlySequence<byte>(bytes);
        var answer = head.Read(received, maxBytes);
        return answer is HeadAnswer.Found ? Of(head, received) : answer.ToString();
    }

    public static string Of(in RequestHead head, in ReadOnlySequence<byte> received) => Join(
    [
        $"{Text(head.MethodName.Of(received))} {Text(head.Target.Of(received))}",
        head.Form is TargetForm.Origin ? "" : head.Form.ToString(),
        $"@{Text(head.Host.Of(received))}",
        head.IsHttp10 ? "1.0" : "",
        OfBody(head.Body),
        head.KeepsAlive ? "keep" : "close",
        head.WantsUpgrade ? "upgrade" : "",
        head.OffersH2c ? "h2c" : "",
        head.ExpectsContinue ? "expect" : "",
        OfFields(head.Fields),
        Named(head.Connection, received),
        $"{head.Start}..{head.Length}",
    ]);

    public static string Of(in ResponseHead head, in ReadOnlySequence<byte> received) => Join(
    [
        $"{head.Status}",
        head.IsInterim ? "interim" : "",
        head.IsHttp10 ? "1.0" : "",
        OfBody(head.Body),
        head.KeepsAlive ? "keep" : "close",
        OfFields(head.Fields),
        Named(head.Connection, received),
        $"{head.Length}",
    ]);

    private static string OfBody(BodyFraming body) => body.Kind is BodyKind.Length ? $"Length {body.Length}" : body.Kind.ToString();

    private static string OfFields(FieldKinds fields) => $"({fields & ~FieldKinds.Host})";

    private static string Named(ConnectionOptions connection, in ReadOnlySequence<byte> received)
    {
        var names = new List<string>();
        for (var index = 0; index < connection.NamedCount; index++) names.Add(Text(connection.Named(index).Of(received)));
        return string.Join(',', names);
    }

    private static string Join(string[] parts) => string.Join(' ', parts.Where(part => part != ""));

    private static string Text(in ReadOnlySequence<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
