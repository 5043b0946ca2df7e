namespace SniForward.Admin.Api;

/// <summary>How much went on in one second.</summary>
/// <param name="Time">Its end, in seconds since 1970.</param>
/// <param name="Open">Connections that were open then.</param>
/// <param name="Accepted">New connections per second.</param>
/// <param name="Refused">Those of them that no server got.</param>
/// <param name="Up">Bytes per second from clients.</param>
/// <param name="Down">Bytes per second to clients.</param>
internal sealed record Sample(double Time, long Open, double Accepted, double Refused, double Up, double Down);
