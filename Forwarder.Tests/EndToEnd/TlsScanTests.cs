using System.Xml.Linq;

namespace SniForward.Tests.EndToEnd;

/// <summary>What sslscan finds of TLS that ends here, with everything as it is by default.</summary>
public sealed class TlsScanTests
{
    private static readonly string[] Suites13 = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
    private static readonly string[] Suites12 = ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"];

    [Theory]
    [InlineData("rsa")]
    [InlineData("ecdsa")]
    [InlineData("rsa", "ecdsa")]
    public async Task Only_what_is_known_to_be_safe_is_spoken(params string[] keys)
    {
        Machine.NeedsCommand("sslscan");
        await using var program = await TerminatingProgram.StartAsync(keys);

        var (status, output) = await program.RunAsync("", "sslscan", "--xml=-", "--show-cipher-ids", $"--sni-name={TerminatingProgram.Name}", $"127.0.0.1:{program.Port}");

        Assert.Equal(0, status);
        var scan = XDocument.Parse(output).Descendants("ssltest").Single();
        Assert.Equal(["tls 1.2", "tls 1.3"], scan.Elements("protocol").Where(protocol => IsSet(protocol, "enabled")).Select(protocol => $"{Value(protocol, "type")} {Value(protocol, "version")}"));
        Assert.Equal(6, scan.Elements("protocol").Count());
        string[] expected = [.. Suites13.Select(suite => "TLSv1.3 " + suite), .. keys.SelectMany(key => Suites12.Select(suite => $"TLSv1.2 ECDHE-{key.ToUpperInvariant()}-{suite}"))];
        Assert.Equal(expected.Order(StringComparer.Ordinal), scan.Elements("cipher").Select(cipher => $"{Value(cipher, "sslversion")} {Value(cipher, "cipher")}").Order(StringComparer.Ordinal));
        Assert.All(scan.Elements("renegotiation"), renegotiation => Assert.False(IsSet(renegotiation, "supported")));
        Assert.All(scan.Elements("compression"), compression => Assert.False(IsSet(compression, "supported")));
        Assert.NotEmpty(scan.Elements("heartbleed"));
        Assert.All(scan.Elements("heartbleed"), heartbleed => Assert.False(IsSet(heartbleed, "vulnerable")));
    }

    private static string? Value(XElement element, string name) => element.Attribute(name)?.Value;

    private static bool IsSet(XElement element, string name) => Value(element, name) != "0";
}
