using SniForward.Startup.Configuration;
using SniForward.Tests.Securing;

namespace SniForward.Tests.Startup.Configuration;

/// <summary>Which configurations are warned of that browsers would send requests to the wrong backend in, and in which words.</summary>
public sealed class ConfigCoalescingTests : IDisposable
{
    private const string Listeners = """
        [[listener]]
        name = "web"
        bind = "127.0.0.1:443"
        [[listener]]
        name = "other"
        bind = "127.0.0.1:8443"
        [[listener]]
        name = "plain"
        bind = "127.0.0.1:80"
        protocols = ["http"]

        """;

    private const string A = "[[route]]\nhosts = [\"a.example\"]\nbackend = \"localhost:1\"\n";
    private const string B = "[[route]]\nhosts = [\"b.example\"]\nbackend = \"localhost:2\"\n";
    private const string EndsHere = "tls = { certificate = \"both.pem\", key = \"both.key\", alpn = [\"h2\", \"http/1.1\"] }\n";

    private static readonly TestAuthority Authority = new();

    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward-").FullName;

    public ConfigCoalescingTests()
    {
        foreach (var (file, names) in new (string, string[])[] { ("both", ["a.example", "b.example"]), ("wild", ["*.w.example", "w.example"]), ("own", ["a.w.example"]) })
            Authority.IssueEcdsa(names).WritePem(Path.Combine(_folder, $"{file}.pem"), Path.Combine(_folder, $"{file}.key"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_certificate_for_hosts_of_two_backends_is_warned_of_at_each_route_that_shows_it() => Assert.Equal(
        [
            "forward.toml:14:7: warning: tls: browsers reuse HTTP/2 connections of this route for \"b.example\" (line 15), since \"both.pem\" is for that too; those requests reach \"localhost:1\" instead of \"localhost:2\". Give each backend's hosts a certificate of their own, or let \"localhost:1\" answer 421 to hosts that are not its own",
            "forward.toml:18:7: warning: tls: browsers reuse HTTP/2 connections of this route for \"a.example\" (line 11), since \"both.pem\" is for that too; those requests reach \"localhost:2\" instead of \"localhost:1\". Give each backend's hosts a certificate of their own, or let \"localhost:2\" answer 421 to hosts that are not its own",
        ],
        Warnings(A + EndsHere + B + EndsHere));

    [Fact]
    public void So_is_one_for_servers_that_clients_name() => Assert.Equal(
        ["forward.toml:15:7: warning: tls: browsers reuse an HTTP/2 connection for another name of this route, since \"wild.pem\" is for that too; those requests reach the server of the first. Give each backend's hosts a certificate of their own, or let the servers answer 421 to hosts that are not their own"],
        Warnings("[[route]]\nhosts = [\"*.w.example\"]\nbackend = \"{name}:80\"\nallow_addresses = [\"10.0.0.0/8\"]\n" + EndsHere.Replace("both", "wild", StringComparison.Ordinal)));

    public static TheoryData<string, string, string> Configurations() => new()
    {
        { "TLS of the other is passed through", A + EndsHere + B, "b.example" },
        { "the same backend", A + EndsHere + B.Replace(":2", ":1", StringComparison.Ordinal) + EndsHere, "" },
        { "no HTTP/2", A + EndsHere.Replace("\"h2\", ", "", StringComparison.Ordinal) + B, "" },
        { "no TLS ends here", A + B, "" },
        { "another port", A + "listeners = [\"web\"]\n" + EndsHere + B + "listeners = [\"other\"]\n", "" },
        { "the same port among others", A + EndsHere + B + "listeners = [\"other\"]\n", "b.example" },
        { "the other is not TLS", A + EndsHere + B + "listeners = [\"plain\"]\n", "" },
        { "the other is for plain HTTP alone", A + EndsHere + B + "protocol = \"http\"\n", "" },
        { "its own host, under other conditions", A + EndsHere + A.Replace(":1", ":2", StringComparison.Ordinal) + "clients = [\"10.0.0.0/8\"]\n", "" },
        { "no route", A + EndsHere + "[default]\nbackend = \"localhost:2\"\n", "" },
        { "a regex", A + EndsHere + B.Replace("b.example", "/b\\\\..*/", StringComparison.Ordinal), "b.example" },
        { "a wildcard's exact host", Wild("*.w.example") + Exact("x.w.example"), "x.w.example" },
        { "a wildcard's exact host of the same backend", Wild("*.w.example") + Exact("x.w.example").Replace(":2", ":1", StringComparison.Ordinal), "" },
        { "an exact host's wildcard", Wild("x.w.example") + Exact("*.w.example"), "*.w.example" },
        { "a wildcard further up", Wild("x.w.example") + Exact("*.example"), "*.w.example" },
        { "two labels below a wildcard", Wild("w.example") + Exact("x.y.w.example"), "" },
        { "certificates of their own, but one for both", Shared("own", "wild") + Wild("a.w.example", "true") + Exact("b.w.example") + "tls = true\n", "" },
        { "seen from the other", Shared("own", "wild") + Exact("a.w.example") + "tls = true\n" + Wild("b.w.example", "true"), "a.w.example" },
    };

    [Theory]
    [MemberData(nameof(Configurations))]
    public void Only_what_is_known_is_warned_of(string what, string toml, string host)
    {
        var warnings = Warnings(toml);

        Assert.NotEmpty(what);
        if (host.Length == 0) Assert.Empty(warnings);
        else Assert.Contains($" for \"{host}\" (line ", Assert.Single(warnings), StringComparison.Ordinal);
    }

    private static string Wild(string host, string? tls = null) =>
        $"[[route]]\nhosts = [\"{host}\"]\nbackend = \"localhost:1\"\ntls = {(tls is null ? "{ certificate = \"wild.pem\", key = \"wild.key\", alpn = [\"h2\"] }" : "{ alpn = [\"h2\"] }")}\n";

    private static string Exact(string host) => $"[[route]]\nhosts = [\"{host}\"]\nbackend = \"localhost:2\"\n";

    private static string Shared(params string[] files) =>
        string.Concat(files.Select(file => $"[[certificate]]\ncertificate = \"{file}.pem\"\nkey = \"{file}.key\"\n"));

    private IEnumerable<string> Warnings(string toml)
    {
        var result = ConfigReader.Read(Listeners + toml, Path.Combine(_folder, "forward.toml"));
        Assert.Empty(result.Errors);
        return result.Warnings.Select(warning => (warning with { File = "forward.toml" }).ToString());
    }
}
