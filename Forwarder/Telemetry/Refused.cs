namespace SniForward.Telemetry;

/// <summary>A connection that no server got.</summary>
/// <param name="Id">As in the log.</param>
/// <param name="Time">When it ended.</param>
/// <param name="Listener">The name of the listener that accepted it.</param>
/// <param name="Client">Its address.</param>
/// <param name="Name">The name that it asked for, fit to print; "-" if none.</param>
/// <param name="End">Why.</param>
/// <param name="Reason">What was wrong with its first flight, or "-".</param>
internal readonly record struct Refused(
    long Id, DateTimeOffset Time, string Listener, string Client, string Name, ConnectionEnd End, string Reason);
