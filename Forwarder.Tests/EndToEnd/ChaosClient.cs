using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace SniForward.Tests.EndToEnd;

/// <summary>Sends one request and looks at every byte that comes back.</summary>
internal static partial class ChaosClient
{
    /// <exception cref="TimeoutException">Nothing ended it.</exception>
    public static async Task<ChaosOutcome> AskAsync(EndPoint address, ChaosRequest request)
    {
        using var client = await TestClient.ConnectAsync(address);
        var reading = ReadAsync(client);
        try
        {
            await client.SendAsync(request.ToBytes());
            // Some end their side at once, others wait for the server's end.
            if (request.Id % 2 == 0) client.EndSending();
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            // Reset in the middle; what came before that counts.
        }
        var (received, isReset) = await reading.InTimeAsync();

        var right = request.Answer();
        if (received.AsSpan().SequenceEqual(right)) return ChaosOutcome.Served;
        if (!isReset && IsRefusal(received)) return ChaosOutcome.Refused;
        return received.Length < right.Length && right.AsSpan().StartsWith(received) ? ChaosOutcome.Cut : ChaosOutcome.Wrong;
    }

    private static async Task<(byte[] Received, bool IsReset)> ReadAsync(TestClient client)
    {
        using var received = new MemoryStream();
        try
        {
            await client.Stream.CopyToAsync(received, TestContext.Current.CancellationToken);
            return (received.ToArray(), false);
        }
        catch (IOException)
        {
            return (received.ToArray(), true);
        }
    }

    private static bool IsRefusal(byte[] received) =>
        Refusal().Match(Encoding.Latin1.GetString(received)) is { Success: true } match
        && match.Groups[2].Length == int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\AHTTP/1\.1 50[234] .*?\r\nContent-Length: (\d+)\r\n.*?\r\n\r\n(.*)\z", RegexOptions.Singleline)]
    private static partial Regex Refusal();
}
