using System.Net;

namespace SniForward.Admin;

/// <summary>A listener of the running configuration.</summary>
/// <param name="Name">As figures know it.</param>
/// <param name="Addresses">Where it listens.</param>
internal sealed record RunningListener(string Name, IReadOnlyList<EndPoint> Addresses);
