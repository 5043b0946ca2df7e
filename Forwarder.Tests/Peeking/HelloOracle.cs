using System.Text;
using SniForward.Peeking;

namespace SniForward.Tests.Peeking;

/// <summary>A second reader of ClientHellos, slow and simple: a byte at a time, into lists, malformed by exception.</summary>
internal static class HelloOracle
{
    public static (PeekAnswer Answer, string Name) Read(byte[] bytes, int maxBytes)
    {
        try
        {
            return ReadRecords(bytes, maxBytes);
        }
        catch (FormatException)
        {
            return (PeekAnswer.Malformed, "");
        }
    }

    private static (PeekAnswer Answer, string Name) ReadRecords(byte[] bytes, int maxBytes)
    {
        if (bytes.Length == 0) return (PeekAnswer.NeedMore, "");
        if (bytes[0] >= 128)
        {
            // SSL 2: a message of type 1 and version 0.2 or 3.x.
            var isSsl2 = (bytes.Length < 3 || bytes[2] == 1) && (bytes.Length < 4 || bytes[3] is 0 or 3) && (bytes.Length < 5 || bytes[3] == 3 || bytes[4] == 2);
            return (!isSsl2 ? PeekAnswer.NotMine : bytes.Length < 5 ? PeekAnswer.NeedMore : PeekAnswer.Malformed, "");
        }
        if (bytes[0] is not (20 or 21 or 22 or 23 or 24)) return (PeekAnswer.NotMine, "");
        if (bytes.Length == 1) return (PeekAnswer.NeedMore, "");
        if (bytes[1] != 3) return (PeekAnswer.NotMine, "");
        Require(bytes[0] == 22);

        var message = new List<byte>();
        for (var at = 0; ;)
        {
            if (at + 5 > bytes.Length) return (PeekAnswer.NeedMore, "");
            var length = bytes[at + 3] * 256 + bytes[at + 4];
            Require(bytes[at] == 22 && bytes[at + 1] == 3 && length is >= 1 and <= 16384);
            at += 5;

            for (var left = length; left > 0; left--)
            {
                if (IsTooLarge(message, at, left, maxBytes)) return (PeekAnswer.TooLarge, "");
                if (at == bytes.Length) return (PeekAnswer.NeedMore, "");
                message.Add(bytes[at++]);
                Require(message[0] == 1);
                if (IsTooLarge(message, at, left - 1, maxBytes)) return (PeekAnswer.TooLarge, "");
                if (message.Count >= 4 && message.Count == Total(message)) return ReadBody(message.Skip(4));
            }
        }
    }

    private static bool IsTooLarge(List<byte> message, int at, int leftInRecord, int maxBytes)
    {
        if (message.Count < 4) return false;

        var missing = Total(message) - message.Count;
        var end = at + missing;
        for (var inLaterRecords = missing - leftInRecord; inLaterRecords > 0; inLaterRecords -= 16384) end += 5;
        return end > maxBytes;
    }

    private static int Total(List<byte> message) => 4 + message[1] * 65536 + message[2] * 256 + message[3];

    private static (PeekAnswer Answer, string Name) ReadBody(IEnumerable<byte> bytes)
    {
        var body = new Field(bytes);
        body.Take(2 + 32);
        Require(body.Vector(1).Count <= 32);
        var suites = body.Vector(2);
        Require(suites.Count >= 2 && suites.Count % 2 == 0);
        Require(body.Vector(1).Count >= 1);

        var extensions = new Field([]);
        if (body.Count > 0) extensions = body.Vector(2);
        Require(body.Count == 0);

        var seen = new List<int>();
        var names = new List<string>();
        while (extensions.Count > 0)
        {
            var type = extensions.Number(2);
            var data = extensions.Vector(2);
            if (type is not (0 or 16)) continue;

            Require(!seen.Contains(type));
            seen.Add(type);
            var list = data.Vector(2);
            Require(list.Count > 0 && data.Count == 0);
            while (list.Count > 0)
            {
                var isHostName = type == 0 && list.Number(1) == 0;
                var name = list.Vector(type == 0 ? 2 : 1);
                Require(name.Count > 0 || (type == 0 && !isHostName));
                if (isHostName) names.Add(Encoding.Latin1.GetString(name.ToArray()));
            }
        }

        Require(names.Count <= 1 && names.All(name => name.Length <= PeekResult.MaxNameLength));
        return names.Count == 1 ? (PeekAnswer.Found, names[0]) : (PeekAnswer.NoName, "");
    }

    private static void Require(bool isSo)
    {
        if (!isSo) throw new FormatException();
    }

    private sealed class Field(IEnumerable<byte> bytes) : Queue<byte>(bytes)
    {
        public Field Take(int count)
        {
            Require(count <= Count);
            return new Field(Enumerable.Range(0, count).Select(_ => Dequeue()).ToArray());
        }

        public int Number(int length) => Take(length).Aggregate(0, (number, one) => number * 256 + one);

        public Field Vector(int lengthBytes) => Take(Number(lengthBytes));
    }
}
