using SniForward.Admin.Api;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace SniForward.Startup.Status;

/// <summary>The screen of <c>sniforward top</c>.</summary>
internal static class TopScreen
{
    /// <summary>Lines that the heads of its tables take.</summary>
    private const int Fixed = 13;

    private const string Steps = "▁▂▃▄▅▆▇█";
    private const int SparkLength = 60;

    /// <param name="overview">What is shown.</param>
    /// <param name="series">Of it the last minute.</param>
    /// <param name="busiest">The connections, the busiest first.</param>
    /// <param name="height">How many lines there are.</param>
    public static IRenderable Of(Overview overview, Series series, ConnectionList busiest, int height)
    {
        var last = series.Samples.Count > 0 ? series.Samples[^1] : new Sample(0, overview.Open, 0, 0, 0, 0);
        var left = Math.Max(4, height - Fixed);
        var servers = overview.Servers.Take(left / 2).ToList();
        return new Rows(
            Line($"SniForward {overview.Version}: {overview.State}, up for {Amount.Duration(overview.Uptime)}, {overview.Configuration}"),
            Line($"{Amount.Count(last.Open)} open, {last.Accepted:0.#} new/s, {last.Refused:0.#} refused/s"),
            Line($"from clients {Amount.BitsPerSecond(last.Up),-12} {Spark(series, sample => sample.Up)}"),
            Line($"to clients   {Amount.BitsPerSecond(last.Down),-12} {Spark(series, sample => sample.Down)}"),
            Servers(servers, overview.Servers.Count - servers.Count),
            Connections(busiest.Connections.Take(left - servers.Count)));
    }

    private static Table Servers(List<ServerView> servers, int more)
    {
        var table = NewTable("Server", "Backend", "State", "Open", "Total", "From clients", "To clients");
        foreach (var server in servers)
        {
            table.AddRow(
                Line(server.Name), Line(server.Backend), State(server), Number(Amount.Count(server.Open)), Number(Amount.Count(server.Total)),
                Number(Amount.Bytes(server.BytesUp)), Number(Amount.Bytes(server.BytesDown)));
        }
        if (more > 0) table.Caption = new TableTitle($"and {more} more");
        return table;
    }

    private static Table Connections(IEnumerable<ConnectionView> connections)
    {
        var table = NewTable("Connection", "Client", "Name", "Server", "Stage", "From client", "To client", "Age");
        foreach (var connection in connections)
        {
            table.AddRow(
                Line($"#{connection.Id}"), Line(connection.Client), Line(connection.Name), Line(connection.Server), Line(connection.Stage),
                Number(Amount.Bytes(connection.BytesUp)), Number(Amount.Bytes(connection.BytesDown)), Number(Amount.Duration(connection.Age)));
        }
        return table;
    }

    private static Table NewTable(params string[] heads) => new Table().Border(TableBorder.Simple).Expand().AddColumns(heads);

    /// <summary>Text as it is: nothing in it is markup, whatever a client called itself.</summary>
    private static Text Line(string text) => new(text) { Overflow = Overflow.Ellipsis };

    private static Text Number(string text) => new(text) { Justification = Justify.Right };

    private static Text State(ServerView server)
    {
        var state = StatusText.StateOf(server);
        return new Text(state, new Style(state == "up" ? Color.Green : state is "suspect" or "draining" ? Color.Yellow : Color.Red));
    }

    private static string Spark(Series series, Func<Sample, double> value)
    {
        var values = series.Samples.TakeLast(SparkLength).Select(value).ToArray();
        var most = values.Length == 0 ? 0 : values.Max();
        return string.Concat(values.Select(each => Steps[most <= 0 ? 0 : (int)Math.Round(each / most * (Steps.Length - 1))]));
    }
}
