using System.Globalization;

namespace SniForward.Startup;

/// <summary>The variables by which a process is told of the sockets that it is given: LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES of sd_listen_fds(3).</summary>
/// <param name="Names">One for each descriptor, from 3 up; empty if none were given to this process.</param>
/// <param name="Error">What is wrong with the variables; null if they can be used, or mean another process.</param>
internal sealed record ListenVariables(IReadOnlyList<string> Names, string? Error)
{
    /// <summary>What a descriptor without a name is called.</summary>
    public const string Unnamed = "unknown";

    private const int MostDescriptors = 4096;

    /// <param name="pid">LISTEN_PID.</param>
    /// <param name="descriptors">LISTEN_FDS.</param>
    /// <param name="names">LISTEN_FDNAMES.</param>
    /// <param name="process">The id of this process.</param>
    public static ListenVariables Read(string? pid, string? descriptors, string? names, int process)
    {
        if (pid is null || descriptors is null || pid != process.ToString(CultureInfo.InvariantCulture)) return new ListenVariables([], null);
        if (!int.TryParse(descriptors, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > MostDescriptors)
            return new ListenVariables([], $"LISTEN_FDS is \"{descriptors}\", which is no number up to {MostDescriptors}");

        var all = names?.Split(':') ?? [];
        return new ListenVariables([.. Enumerable.Range(0, count).Select(i => i < all.Length && all[i].Length > 0 ? all[i] : Unnamed)], null);
    }
}
