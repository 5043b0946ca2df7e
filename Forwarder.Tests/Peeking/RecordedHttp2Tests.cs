using SniForward.Peeking;

namespace SniForward.Tests.Peeking;

/// <summary>The first flights of real HTTP/2 clients: Http2Flights/README.md says which, and how each was recorded.</summary>
public sealed class RecordedHttp2Tests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Peeking", "Http2Flights");

    private static readonly Dictionary<string, Finding> Expected = new()
    {
        ["curl"] = Found("app.example.com:7011", 1),
        ["dotnet"] = Found("app.example.com", 1),
        ["nghttp"] = Found("app.example.com", 13),
        ["nghttp-padding-continuation"] = Found("app.example.com", 13),
        ["node"] = Found("app.example.com", 1),
    };

    public static TheoryData<string> Clients => [.. Expected.Keys];

    [Theory]
    [MemberData(nameof(Clients))]
    public void The_first_flight_of_a_real_client_is_read_however_it_arrives(string client)
    {
        var bytes = Recorded(client);
        if (bytes.Length < 1000) Arrivals.AssertAlways(Expected[client], Arrivals.NewPreface, bytes);
        Assert.Equal(Expected[client], Arrivals.Read(Arrivals.NewPreface(), Arrivals.Growing(bytes, 1, isSegmented: false), Arrivals.MaxBytes));
        Assert.Equal(Expected[client], Arrivals.Read(Arrivals.NewPreface(), [Arrivals.Segments(bytes, 7)], Arrivals.MaxBytes));
    }

    [Fact]
    public void Every_recording_is_tested() =>
        Assert.Equal(Expected.Keys.Order(), Directory.EnumerateFiles(Folder, "*.bin").Select(Path.GetFileNameWithoutExtension).Order());

    private static byte[] Recorded(string client) => File.ReadAllBytes(Path.Combine(Folder, client + ".bin"));

    private static Finding Found(string name, int stream) => new(PeekAnswer.Found, Protocols.H2c, name, "", false, null) { StreamId = stream };
}
