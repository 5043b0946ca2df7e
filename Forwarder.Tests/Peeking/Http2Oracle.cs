using System.Text;
using SniForward.Peeking;

namespace SniForward.Tests.Peeking;

/// <summary>A slow second reader of whole HTTP/2 first flights: queues, strings and lists, and a dynamic table that is a list of pairs.</summary>
internal static class Http2Oracle
{
    private static readonly string[] StaticNames = """
        :authority :method :method :path :path :scheme :scheme :status :status :status :status :status :status :status
        accept-charset accept-encoding accept-language accept-ranges accept access-control-allow-origin age allow authorization
        cache-control content-disposition content-encoding content-language content-length content-location content-range
        content-type cookie date etag expect expires from host if-match if-modified-since if-none-match if-range
        if-unmodified-since last-modified link location max-forwards proxy-authenticate proxy-authorization range referer
        refresh retry-after server set-cookie strict-transport-security transfer-encoding user-agent vary via www-authenticate
        """.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static readonly Dictionary<int, string> StaticValues = new()
    {
        [2] = "GET",
        [3] = "POST",
        [4] = "/",
        [5] = "/index.html",
        [6] = "http",
        [7] = "https",
        [8] = "200",
        [9] = "204",
        [10] = "206",
        [11] = "304",
        [12] = "400",
        [13] = "404",
        [14] = "500",
        [16] = "gzip, deflate",
    };

    private static readonly string[] OfConnections = ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];

    public static (PeekAnswer, string) Read(byte[] bytes, int maxBytes)
    {
        var preface = Encoding.Latin1.GetString(Http2Builder.Preface);
        var start = Encoding.Latin1.GetString(bytes, 0, Math.Min(bytes.Length, preface.Length));
        if (!preface.StartsWith(start, StringComparison.Ordinal))
            return (start.StartsWith("PRI * HTTP/2.0\r\n", StringComparison.Ordinal) ? PeekAnswer.Malformed : PeekAnswer.NotMine, "");
        if (start.Length < preface.Length) return (PeekAnswer.NeedMore, "");

        var block = new List<byte>();
        var (at, isFirst, isInBlock, isBroken, stream) = (24, true, false, false, 0);
        while (true)
        {
            if (at + 9 > maxBytes) return (PeekAnswer.TooLarge, "");
            if (bytes.Length < at + 9) return (PeekAnswer.NeedMore, "");
            var length = bytes[at] * 65536 + bytes[at + 1] * 256 + bytes[at + 2];
            var (type, flags) = (bytes[at + 3], bytes[at + 4]);
            var id = bytes[at + 5] % 128 * 16777216 + bytes[at + 6] * 65536 + bytes[at + 7] * 256 + bytes[at + 8];
            if (isFirst && (type != 4 || flags % 2 == 1)) return (PeekAnswer.Malformed, "");
            if (length > 16384) return (PeekAnswer.Malformed, "");
            var isRight = (isInBlock, type) switch
            {
                (true, _) => type == 9 && id == stream,
                (_, 1) => id % 2 == 1,
                (_, 2) => length == 5 && id != 0,
                (_, 4) => id == 0 && (flags % 2 == 1 ? length == 0 : length % 6 == 0),
                (_, 6) => length == 8 && id == 0,
                (_, 8) => length == 4 && id == 0,
                (_, 0 or 3 or 5 or 7 or 9) => false,
                _ => true,
            };
            if (!isRight) return (PeekAnswer.Malformed, "");
            (isFirst, stream) = (false, id);
            var end = at + 9 + length;
            isInBlock |= type == 1;
            var isLast = isInBlock && (flags & 4) != 0;
            // Another frame is at least a header.
            if ((isLast ? end : end + 9) > maxBytes) return (PeekAnswer.TooLarge, "");
            if (bytes.Length < end) return (PeekAnswer.NeedMore, "");

            var payload = bytes[(at + 9)..end].ToList();
            at = end;
            if (!isInBlock) continue;
            if (type == 1)
            {
                var padding = (flags & 8) != 0 ? payload.FirstOrDefault((byte)255) : 0;
                var before = (flags & 8) / 8 + ((flags & 32) != 0 ? 5 : 0);
                isBroken = payload.Count < before + padding;
                payload = payload.Skip(before).SkipLast(padding).ToList();
            }
            block.AddRange(payload);
            if (isLast) return isBroken ? (PeekAnswer.Malformed, "") : ReadBlock(block);
        }
    }

    private static (PeekAnswer, string) ReadBlock(List<byte> block)
    {
        try
        {
            var fields = Fields(new Queue<byte>(block));
            return Check(fields);
        }
        catch (FormatException)
        {
            return (PeekAnswer.Malformed, "");
        }
    }

    private static List<(string Name, string Value)> Fields(Queue<byte> block)
    {
        var fields = new List<(string, string)>();
        var table = new List<(string Name, string Value)>();
        var limit = 4096;
        while (block.TryPeek(out var first))
        {
            if (first >= 128)
            {
                fields.Add(Entry(table, Integer(block, 128)));
                continue;
            }
            if (first is >= 32 and < 64)
            {
                Require(fields.Count == 0);
                limit = Integer(block, 32);
                Require(limit <= 4096);
                Trim(table, limit);
                continue;
            }

            var index = Integer(block, first >= 64 ? 64 : 16);
            var name = index == 0 ? String(block) : Entry(table, index).Name;
            var field = (name, String(block));
            fields.Add(field);
            if (first < 64) continue;
            table.Insert(0, field);
            Trim(table, limit);
        }
        return fields;
    }

    private static void Trim(List<(string Name, string Value)> table, int limit)
    {
        while (table.Sum(entry => entry.Name.Length + entry.Value.Length + 32) > limit) table.RemoveAt(table.Count - 1);
    }

    private static (string Name, string Value) Entry(List<(string, string)> table, int index)
    {
        Require(index > 0 && index <= 61 + table.Count);
        return index <= 61 ? (StaticNames[index - 1], StaticValues.GetValueOrDefault(index, "")) : table[index - 62];
    }

    private static int Integer(Queue<byte> block, int above)
    {
        Require(block.Count > 0);
        long value = block.Dequeue() % above;
        if (value < above - 1) return (int)value;
        for (long factor = 1; ; factor *= 128)
        {
            Require(block.Count > 0 && factor < 1 << 28);
            var next = block.Dequeue();
            value += next % 128 * factor;
            if (next < 128) return (int)value;
        }
    }

    private static string String(Queue<byte> block)
    {
        Require(block.Count > 0);
        var isHuffman = block.Peek() >= 128;
        var length = Integer(block, 128);
        Require(length <= block.Count);
        var bytes = Enumerable.Range(0, length).Select(_ => block.Dequeue()).ToArray();
        if (isHuffman) bytes = HuffmanCodes.Decode(bytes) ?? throw new FormatException();
        return Encoding.Latin1.GetString(bytes);
    }

    private static (PeekAnswer, string) Check(List<(string Name, string Value)> fields)
    {
        string[] pseudo = [":method", ":scheme", ":path", ":authority"];
        var firstOther = fields.FindIndex(field => field.Name.Length == 0 || field.Name[0] != ':');
        Require(firstOther < 0 || fields.Skip(firstOther).All(field => !field.Name.StartsWith(':')));
        foreach (var (name, value) in fields)
        {
            Require(value.IndexOfAny(['\0', '\r', '\n']) < 0 && value.Trim(' ', '\t') == value);
            if (name.StartsWith(':'))
            {
                Require(pseudo.Contains(name) && fields.Count(field => field.Name == name) == 1);
                continue;
            }
            Require(name.Length > 0 && name.All(c => c is > ' ' and < '\x7f' and not ':' && !char.IsAsciiLetterUpper(c)));
            Require(!OfConnections.Contains(name) && (name != "te" || value == "trailers"));
        }

        string? Value(string name) => fields.Where(field => field.Name == name).Select(field => field.Value).SingleOrDefault();
        Require(fields.Count(field => field.Name == "host") <= 1);
        var (method, authority, host) = (Value(":method"), Value(":authority"), Value("host"));
        Require(method is not null && Value(":path") != "");
        if (method == "CONNECT") Require(Value(":scheme") is null && Value(":path") is null && Authority.IsHostAndPort(Encoding.Latin1.GetBytes(authority ?? "")));
        else Require(Value(":scheme") is not null && Value(":path") is not null);
        if (!string.IsNullOrEmpty(authority))
        {
            Require(Authority.HasHost(Encoding.Latin1.GetBytes(authority)));
            Require(host is null || Authority.IsSameHost(Encoding.Latin1.GetBytes(authority), Encoding.Latin1.GetBytes(host)));
        }

        var found = string.IsNullOrEmpty(authority) ? host ?? "" : authority;
        Require(found.Length <= PeekResult.MaxNameLength);
        return (found.Length > 0 ? PeekAnswer.Found : PeekAnswer.NoName, found);
    }

    private static void Require(bool isSo)
    {
        if (!isSo) throw new FormatException();
    }
}
