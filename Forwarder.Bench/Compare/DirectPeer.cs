namespace SniForward.Bench.Compare;

/// <summary>The path without a proxy: what the load generator and loopback can do.</summary>
internal sealed class DirectPeer() : Peer(PeerName, "no proxy")
{
    public const string PeerName = "direct";

    public override bool IsDirect => true;

    public override bool RoutesRequests => true;

    public override IReadOnlyList<string> Prepare(string folder, PeerPorts ports) => [];
}
