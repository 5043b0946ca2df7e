using SniForward.Peeking;

namespace SniForward.Tests.Peeking;

/// <summary>The first flights of real clients: Hellos/README.md says which, and how each was recorded.</summary>
public sealed class RecordedHelloTests
{
    private const string Name = "app.example.com";
    private const string WebAlpn = "h2,http/1.1";

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Peeking", "Hellos");

    private static readonly Dictionary<string, Finding> Expected = new()
    {
        ["chromium"] = Found(Name, WebAlpn) with { Ech = true },
        ["curl-h2"] = Found(Name, WebAlpn),
        ["curl-ip"] = Found("", WebAlpn) with { Answer = PeekAnswer.NoName },
        ["curl-no-alpn"] = Found(Name),
        ["dotnet"] = Found(Name),
        ["dotnet-alpn"] = Found(Name, WebAlpn),
        ["git-gnutls"] = Found(Name, WebAlpn),
        ["gnutls-cli"] = Found(Name),
        ["gnutls-cli-alpn"] = Found(Name, WebAlpn),
        ["gnutls-tls10"] = Found(Name),
        ["go"] = Found(Name),
        ["go-alpn"] = Found(Name, WebAlpn),
        ["java"] = Found(Name),
        ["java-alpn"] = Found(Name, WebAlpn),
        ["node"] = Found(Name),
        ["node-alpn"] = Found(Name, WebAlpn),
        ["nss"] = Found(Name),
        ["nss-tls12"] = Found(Name),
        ["openssl-early-data"] = Found(Name),
        ["openssl-max-fragment-length"] = Found(Name, "h2"),
        ["openssl-mixed-case"] = Found("App.Example.COM"),
        ["openssl-tls12"] = Found(Name),
        ["openssl-tls12-alpn"] = Found(Name, "http/1.1"),
        ["openssl-tls12-no-name"] = Found("") with { Answer = PeekAnswer.NoName },
        ["openssl-tls13"] = Found(Name),
        ["openssl-tls13-alpn"] = Found(Name, WebAlpn),
        ["psql"] = Found(Name),
        ["python"] = Found(Name),
        ["python-alpn"] = Found(Name, WebAlpn),
        ["rustls"] = Found(Name),
        ["rustls-alpn"] = Found(Name, WebAlpn),
        ["wget-gnutls"] = Found("localhost"),
    };

    public static TheoryData<string> Clients => [.. Expected.Keys];

    [Theory]
    [MemberData(nameof(Clients))]
    public void The_hello_of_a_real_client_is_read_however_it_arrives(string client) =>
        Arrivals.AssertAlways(Expected[client], Arrivals.NewHello, Recorded(client));

    [Theory]
    [MemberData(nameof(Clients))]
    public void The_hello_of_a_real_client_is_read_over_records_of_any_size(string client)
    {
        // All of them put their hello into one record; early data may follow in others.
        var recorded = Recorded(client);
        var message = recorded[5..(5 + recorded[3] * 256 + recorded[4])];
        for (var size = 1; size <= message.Length; size += 1 + size / 8)
            Assert.Equal(Expected[client], Arrivals.Whole(Arrivals.NewHello, HelloBuilder.Records(message, size)));
    }

    [Fact]
    public void Every_recording_is_tested() =>
        Assert.Equal(Expected.Keys.Order(), Directory.EnumerateFiles(Folder, "*.bin").Select(Path.GetFileNameWithoutExtension).Order());

    private static byte[] Recorded(string client) => File.ReadAllBytes(Path.Combine(Folder, client + ".bin"));

    private static Finding Found(string name, string alpn = "") => new(PeekAnswer.Found, Protocols.Tls, name, alpn, false, null);
}
