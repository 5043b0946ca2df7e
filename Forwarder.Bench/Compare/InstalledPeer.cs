namespace SniForward.Bench.Compare;

/// <summary>Whether a peer can be compared on this machine.</summary>
/// <param name="Name">As given with <c>--peers</c>.</param>
/// <param name="Version">What the program says of itself; null if it is missing.</param>
/// <param name="Missing">What is missing, and how to install it; null if nothing is.</param>
/// <param name="Settings">The peer in each of its settings; none if it is missing.</param>
internal sealed record InstalledPeer(string Name, string? Version, string? Missing, IReadOnlyList<Peer> Settings)
{
    public override string ToString() => $"{Name}: {Version ?? Missing}";
}
