using SniForward.Securing;
using SniForward.Selecting;

namespace SniForward.Startup.Configuration;

/// <summary>One <c>[backend.NAME]</c>, or an address given inline.</summary>
/// <param name="Rules">How it treats its servers; its name, or the inline address as written, is in it.</param>
internal sealed record BackendConfig(BackendRules Rules)
{
    public string Name => Rules.Name;

    /// <summary>Its servers, in the file's order; with <see cref="Services"/> at least one, unless it is <see cref="Dynamic"/>.</summary>
    public IReadOnlyList<ServerSettings> Servers { get; init; } = [];

    /// <summary>The SRV records that give it more.</summary>
    public IReadOnlyList<ServiceSettings> Services { get; init; } = [];

    /// <summary>How TLS to its servers begins here; null: they get the clients' bytes as they are.</summary>
    public TlsOrigination? Tls { get; init; }

    /// <summary>The servers of the names that clients choose; null: it has its own.</summary>
    public DynamicConfig? Dynamic { get; init; }

    public bool Equals(BackendConfig? other) =>
        other is not null && (Rules, Tls, Dynamic) == (other.Rules, other.Tls, other.Dynamic)
        && Servers.SequenceEqual(other.Servers) && Services.SequenceEqual(other.Services);

    public override int GetHashCode() => Rules.GetHashCode();
}
