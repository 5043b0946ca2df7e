using System.Security.Cryptography;
using System.Text;

namespace SniForward.Tests.EndToEnd;

/// <summary>One client's request, which tells it apart from every other, and the only right answer to it.</summary>
/// <param name="Id">Unique in its run.</param>
/// <param name="Body">What is sent, and sent back.</param>
internal sealed record ChaosRequest(int Id, byte[] Body)
{
    private const int LargestBody = 256 * 1024;

    /// <summary>The host name that it asks for.</summary>
    public string Name => NameOf(Id);

    /// <summary>The request <paramref name="id"/> of the run of <paramref name="seed"/>.</summary>
    public static ChaosRequest Of(int seed, int id)
    {
        var random = new Random(unchecked(seed + id * 7919));
        // Small ones as often as large ones, up to the largest.
        var size = random.NextDouble();
        var body = new byte[(int)(size * size * (LargestBody + 1))];
        random.NextBytes(body);
        return new ChaosRequest(id, body);
    }

    public static string NameOf(int id) => $"c{id}.chaos.example";

    public byte[] ToBytes() =>
        [.. Encoding.ASCII.GetBytes($"POST /{Id} HTTP/1.1\r\nHost: {Name}\r\nContent-Length: {Body.Length}\r\n\r\n"), .. Body];

    public byte[] Answer() =>
        [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nX-Id: {Id}\r\nX-Digest: {Convert.ToHexString(SHA256.HashData(Body))}\r\nContent-Length: {Body.Length}\r\n\r\n"), .. Body];

    /// <summary>Reads a whole one from <paramref name="stream"/>, the server's side of a connection.</summary>
    /// <exception cref="IOException">It ends before, or is none.</exception>
    public static async Task<ChaosRequest> ReadAsync(Stream stream)
    {
        // Not disposed of, which would close the connection.
        var reader = new BufferedStream(stream);
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await reader.ReadExactlyAsync(one);
            head.Append((char)one[0]);
        }
        var lines = head.ToString().Split("\r\n");
        var body = new byte[int.Parse(lines[2].Split(": ")[1], System.Globalization.CultureInfo.InvariantCulture)];
        await reader.ReadExactlyAsync(body);
        return new ChaosRequest(int.Parse(lines[0].Split(' ')[1].TrimStart('/'), System.Globalization.CultureInfo.InvariantCulture), body);
    }
}
