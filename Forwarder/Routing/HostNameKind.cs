namespace SniForward.Routing;

/// <summary>What the bytes in the place of a name are.</summary>
internal enum HostNameKind
{
    /// <summary>A DNS name.</summary>
    Name,

    /// <summary>An IP literal in a Host: only a route that names it exactly matches.</summary>
    Address,

    /// <summary>No name: an empty Host, or an IP literal in an SNI.</summary>
    None,

    /// <summary>Neither a name nor an address: to be refused, never routed.</summary>
    Malformed,
}
