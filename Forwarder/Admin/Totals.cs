namespace SniForward.Admin;

/// <summary>What the whole process has done so far.</summary>
/// <param name="Open">Connections that are open.</param>
/// <param name="Accepted">Connections since the start.</param>
/// <param name="Refused">Those of them that no server got.</param>
/// <param name="BytesUp">From clients to servers.</param>
/// <param name="BytesDown">From servers to clients.</param>
internal readonly record struct Totals(long Open, long Accepted, long Refused, long BytesUp, long BytesDown);
