using SniForward.Startup.Configuration;

namespace SniForward.Tests.Startup.Configuration;

public sealed class ConfigDiffTests
{
    [Theory]
    [InlineData("threads = 1", "threads = 1 # one\n", "")]
    [InlineData("threads = 1", "threads = 2", "threads: 1 is now 2")]
    [InlineData("", "[limits]\nconnections = 5", "limits.connections = 5 added")]
    [InlineData("[limits]\nconnections = 5", "[limits]", "limits.connections = 5 removed")]
    [InlineData("[default]\nbackend = \"a:1\"", "[default]\nbackend = \"b:1\"", "default.backend: \"a:1\" is now \"b:1\"")]
    [InlineData("[[listener]]\nbind = \":1\"\nname = \"web\"", "[[listener]]\nbind = \":2\"\nname = \"web\"", "listener web changed")]
    [InlineData("[[route]]\nhosts = [\"a\", \"b\"]", "", "route a, b removed")]
    [InlineData("[[route]]\nhosts = [\"a\"]", "[[route]]\nhosts = [\"b\"]\n[[route]]\nhosts = [\"a\"]", "route b added")]
    [InlineData("[[route]]\nhosts = [\"a\"]", "[[route]]\nhosts = [\"a\"]\n[[route]]\nhosts = [\"a\"]\nalpn = [\"h2\"]", "route a (2) added")]
    [InlineData("[[route]]\nhosts = [\"a\"]\nbackend = \"x\"", "[[route]]\nbackend = \"x\"\nhosts = [\"a\"]", "")]
    [InlineData("[backend.api]\nservers = [\"a:1\"]", "[backend.api]\nservers = [\"a:1\", { address = \"b:1\", weight = 2 }]",
        "backend.api.servers: [\"a:1\"] is now [\"a:1\", { address = \"b:1\", weight = 2 }]")]
    [InlineData("[backend.api]\nhealth.interval = \"1s\"", "[backend.api]\nhealth.interval = \"2s\"", "backend.api.health.interval: \"1s\" is now \"2s\"")]
    [InlineData("[admin]\ntoken = \"0123\"", "[admin]\ntoken = \"4567\"", "admin.token changed")]
    [InlineData("[admin]", "[admin]\ntoken = \"4567\"", "admin.token added")]
    public void What_is_said_differently_is_told_in_a_line(string before, string after, string expected) =>
        Assert.Equal(expected, string.Join('\n', ConfigDiff.Of(before, after).Select(change => change.Text)));

    [Theory]
    [InlineData("transport", true)]
    [InlineData("threads", true)]
    [InlineData("admin.bind", true)]
    [InlineData("log.level", true)]
    [InlineData("limits.peek_memory", true)]
    [InlineData("log.access", false)]
    [InlineData("limits.connections", false)]
    [InlineData("dns.refresh", false)]
    [InlineData("route a", false)]
    [InlineData("threadsafe", false)]
    public void What_is_fixed_at_the_start_takes_a_restart(string key, bool expected) => Assert.Equal(expected, new ConfigChange(key, "").NeedsRestart);
}
