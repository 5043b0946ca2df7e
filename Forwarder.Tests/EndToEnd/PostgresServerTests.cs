namespace SniForward.Tests.EndToEnd;

/// <summary>psql and two PostgreSQL servers with TLS, behind one port.</summary>
public abstract class PostgresServerTests(Engine engine)
{
    private const string WhoIsThere = "select current_setting('cluster_name') || ' ' || ssl from pg_stat_ssl where pid = pg_backend_pid()";

    [Fact]
    public async Task Psql_reaches_the_server_that_it_names()
    {
        await using var one = await PostgresServer.StartAsync("db1.example");
        await using var two = await PostgresServer.StartAsync("db2.example");
        await using var forwarder = engine.Start($"""
            [[listener]]
            bind = "127.0.0.1:0"
            protocols = ["postgres", "http"]
            [[route]]
            hosts = ["db1.example"]
            backend = "127.0.0.1:{one.Port}"
            [[route]]
            hosts = ["db2.example"]
            backend = "127.0.0.1:{two.Port}"
            """);
        string Connection(string host, string more) => $"host={host} hostaddr=127.0.0.1 port={forwarder.Port} user=postgres dbname=postgres {more}";

        Assert.Equal("db1.example true", await PostgresServer.AskAsync(Connection("db1.example", "sslmode=require"), WhoIsThere));
        Assert.Equal("db2.example true", await PostgresServer.AskAsync(Connection("db2.example", "sslmode=prefer"), WhoIsThere));
        Assert.Equal("db2.example true", await PostgresServer.AskAsync(
            Connection("db2.example", $"sslmode=verify-full sslrootcert={two.Certificate}"), WhoIsThere));
        Assert.Equal("10000000", await PostgresServer.AskAsync(Connection("db1.example", "sslmode=require"), "select length(repeat('x', 10000000))"));

        Assert.Contains("certificate verify failed", await PostgresServer.AskAsync(
            Connection("db1.example", $"sslmode=verify-full sslrootcert={two.Certificate}"), WhoIsThere), StringComparison.Ordinal);
        Assert.Contains("unrecognized name", await PostgresServer.AskAsync(Connection("db3.example", "sslmode=require"), WhoIsThere), StringComparison.Ordinal);
        Assert.Contains("FATAL:  No server can be chosen", await PostgresServer.AskAsync(Connection("db1.example", "sslmode=disable"), WhoIsThere), StringComparison.Ordinal);
    }
}

public sealed class PostgresServerTestsOnEpoll() : PostgresServerTests(Engine.Epoll);

public sealed class PostgresServerTestsOnSockets() : PostgresServerTests(Engine.Sockets);
