using System.Net;

namespace SniForward.Startup.Configuration;

/// <summary><c>backend = "{name}:443"</c>.</summary>
/// <param name="Port">Where each listens.</param>
/// <param name="Allowed">The networks that may be dialled, at least one.</param>
internal sealed record DynamicConfig(int Port, IReadOnlyList<IPNetwork> Allowed)
{
    public bool Equals(DynamicConfig? other) => other is not null && Port == other.Port && Allowed.SequenceEqual(other.Allowed);

    public override int GetHashCode() => HashCode.Combine(Port, Allowed.Count);
}
