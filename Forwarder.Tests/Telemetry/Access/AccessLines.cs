using System.Globalization;
using SniForward.Telemetry;
using SniForward.Telemetry.Access;

namespace SniForward.Tests.Telemetry.Access;

/// <summary>Lines that a test writes and finds again.</summary>
internal static class AccessLines
{
    /// <summary>Writes the line of a connection that has ended.</summary>
    public static void Write(this AccessLane lane, int id, string listener = "web")
    {
        var entry = new AccessEntry();
        entry.Begin(listener, "127.0.0.1:50000"u8);
        entry.Finish(ConnectionEnd.Completed, TimeSpan.FromSeconds(1));
        lane.Write(id, entry);
    }

    /// <summary>The id of a line of text.</summary>
    public static int IdOf(string line)
    {
        Assert.Matches("^[^ ]+ [a-z0-9]+ #[0-9]+ client=.* reason=-$", line);
        return int.Parse(line.Split(' ')[2].TrimStart('#'), CultureInfo.InvariantCulture);
    }
}
