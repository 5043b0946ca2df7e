using System.Text;
using SniForward.Admin.Api;

namespace SniForward.Startup.Status;

/// <summary>What <c>sniforward status</c> prints: one screen of plain text, in columns.</summary>
internal static class StatusText
{
    /// <summary>Writes it, with an end of line after each line.</summary>
    public static string Of(Overview overview)
    {
        var text = new StringBuilder();
        text.Append($"{overview.State}, version {overview.Version}, up for {Amount.Duration(overview.Uptime)}, {overview.Configuration}\n");
        text.Append($"connections: {Amount.Count(overview.Open)} open, {Amount.Count(overview.Accepted)} accepted, {Amount.Count(overview.Refused)} refused; ");
        text.Append($"{Amount.Bytes(overview.BytesUp)} from clients, {Amount.Bytes(overview.BytesDown)} to clients\n");
        Append(text, ["LISTENER", "OPEN", "ACCEPTED", "REFUSED", "ADDRESSES"], overview.Listeners.Select(listener => (string[])
            [listener.Name, Amount.Count(listener.Open), Amount.Count(listener.Accepted), Amount.Count(listener.Refused), string.Join(", ", listener.Addresses)]));
        Append(text, ["ROUTE", "BACKEND", "OPEN", "TOTAL", "FROM CLIENTS", "TO CLIENTS"], overview.Routes.Select(route => (string[])
            [string.Join(", ", route.Hosts), route.Backend, Amount.Count(route.Open), Amount.Count(route.Total), Amount.Bytes(route.BytesUp), Amount.Bytes(route.BytesDown)]));
        Append(text, ["SERVER", "BACKEND", "STATE", "OPEN", "TOTAL", "FROM CLIENTS", "TO CLIENTS"], overview.Servers.Select(server => (string[])
            [server.Name, server.Backend, StateOf(server), Amount.Count(server.Open), Amount.Count(server.Total), Amount.Bytes(server.BytesUp), Amount.Bytes(server.BytesDown)]));
        return text.ToString();
    }

    /// <summary>One word: what an operator did to it, or else its health.</summary>
    public static string StateOf(ServerView server) => server.Admin == "in" ? server.Health : server.Admin;

    private static void Append(StringBuilder text, string[] heads, IEnumerable<string[]> rows)
    {
        string[][] all = [heads, .. rows];
        if (all.Length == 1) return;
        int[] widths = [.. heads.Select((_, column) => all.Max(row => row[column].Length))];
        text.Append('\n');
        foreach (var row in all)
            text.AppendJoin("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd().Append('\n');
    }

    private static StringBuilder TrimEnd(this StringBuilder text)
    {
        while (text.Length > 0 && text[^1] == ' ') text.Length--;
        return text;
    }
}
