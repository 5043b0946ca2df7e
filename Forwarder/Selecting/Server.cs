using System.Net;
using SniForward.Selecting.Health;
using SniForward.Selecting.Names;

namespace SniForward.Selecting;

/// <summary>One server as its backend's configuration has it. Immutable: what changes is its state, which outlives it.</summary>
/// <param name="settings">What the configuration, or an SRV record, says of it.</param>
/// <param name="state">What it shares with the servers at the same address in the configurations before and after.</param>
/// <param name="isCounted">Whether its connections are counted even without a limit: the count is shared by every core.</param>
internal sealed class Server(ServerSettings settings, ServerState state, bool isCounted)
{
    /// <summary>What metrics call all servers together that the configuration does not name.</summary>
    public const string Dynamic = "dynamic";

    private readonly bool _isCounted = isCounted || settings.MaxConnections > 0;

    public ServerSettings Settings => settings;

    public ServerState State => state;

    /// <inheritdoc cref="ServerState.Address"/>
    public EndPoint Address => state.Address;

    /// <inheritdoc cref="ServerState.Name"/>
    public string Name => state.Name;

    /// <summary>What metrics call it: its name, if that is from the configuration. There are only so many.</summary>
    public string Label => settings.IsDynamic ? Dynamic : Name;

    /// <inheritdoc cref="ServerState.Host"/>
    public string Host => state.Host;

    /// <summary>Its share of the connections beside the others', at least 1.</summary>
    public int Weight => settings.Weight;

    /// <summary>Whether it serves only while no other can.</summary>
    public bool IsBackup => settings.IsBackup;

    /// <inheritdoc cref="ServerState.Addresses"/>
    public ResolvedName? Addresses => state.Addresses;

    public ServerHealth Health => state.Health;

    /// <inheritdoc cref="ServerState.Admin"/>
    public ServerAdmin Admin => state.Admin;

    /// <inheritdoc cref="ServerState.IsFull"/>
    public bool IsFull => state.IsFull;

    /// <summary>How a server at <paramref name="address"/> is called.</summary>
    public static string NameOf(EndPoint address) => address switch
    {
        DnsEndPoint name => $"{name.Host}:{name.Port}",
        IPEndPoint ip => ip.ToString(),
        _ => $"unix:{address}",
    };

    /// <summary>Whether it has fewer connections for its weight than <paramref name="other"/>, the one to come included.</summary>
    public bool IsLessBusyThan(Server other) => (state.Open + 1L) * other.Weight < (other.State.Open + 1L) * Weight;

    /// <summary>Takes one of its connections. False if all are taken; else <see cref="Release"/> gives it back.</summary>
    public bool TryTake() => !_isCounted || state.TryTake();

    /// <summary>Gives a connection back, to the first that waits for one if any does.</summary>
    public void Release()
    {
        if (_isCounted) state.Release();
    }
}
