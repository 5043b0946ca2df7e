namespace SniForward.Admin.Api;

/// <summary>One connection that was refused.</summary>
/// <param name="Id">As in the log.</param>
/// <param name="Time">When.</param>
/// <param name="Listener">Which accepted it.</param>
/// <param name="Client">Its address.</param>
/// <param name="Name">The name that it asked for; "-": none.</param>
/// <param name="End">Why, as in the log.</param>
/// <param name="Reason">What was wrong with its first bytes, or "-".</param>
internal sealed record RefusalView(long Id, DateTimeOffset Time, string Listener, string Client, string Name, string End, string Reason);
