using System.Net;
using SniForward.Selecting.Health;
using SniForward.Selecting.Names;

namespace SniForward.Selecting;

/// <summary>One server of a backend: where it is, how it is, and how many connections it has.</summary>
internal sealed class Server : IDisposable
{
    /// <summary>What metrics call all servers together that the configuration does not name.</summary>
    public const string Dynamic = "dynamic";

    private readonly int _maxConnections;
    private readonly bool _isCounted;
    private readonly WaitingLine? _line;
    private int _open;
    private volatile bool _isGivenUp;

    /// <param name="settings">What its backend's configuration says of it.</param>
    /// <param name="addresses">Those of its name; null if it is not known by a name.</param>
    /// <param name="health">How it is.</param>
    /// <param name="line">The connections that wait for a place; null if none may.</param>
    /// <param name="isCounted">Whether its connections are counted even without a limit: the count is shared by every core.</param>
    public Server(ServerSettings settings, ResolvedName? addresses, ServerHealth health, WaitingLine? line, bool isCounted)
    {
        (Address, Weight, IsBackup, _maxConnections) = (settings.Address, settings.Weight, settings.IsBackup, settings.MaxConnections);
        (Addresses, Health, _line) = (addresses, health, line);
        _isCounted = isCounted || _maxConnections > 0;
        Name = NameOf(Address);
        Label = settings.IsDynamic ? Dynamic : Name;
        Host = Address switch
        {
            DnsEndPoint name => name.Host,
            IPEndPoint ip => ip.Address.ToString(),
            _ => "localhost",
        };
    }

    /// <summary>An <see cref="IPEndPoint"/>, a <see cref="DnsEndPoint"/> or a unix socket's.</summary>
    public EndPoint Address { get; }

    /// <summary>What messages call it, and what it is told apart by: "host:port", or "unix:/path".</summary>
    public string Name { get; }

    /// <summary>What metrics call it: its name, if that is from the configuration. There are only so many.</summary>
    public string Label { get; }

    /// <summary>Its host name, or its address, without a port; of a unix socket's, "localhost".</summary>
    public string Host { get; }

    /// <summary>Its share of the connections beside the others', at least 1.</summary>
    public int Weight { get; }

    /// <summary>Whether it serves only while no other can.</summary>
    public bool IsBackup { get; }

    /// <summary>The addresses of its name; null if <see cref="Address"/> is one already.</summary>
    public ResolvedName? Addresses { get; }

    public ServerHealth Health { get; }

    /// <summary>What checks it; null if nothing does.</summary>
    public HealthChecker? Checks { get; set; }

    /// <summary>Whether it has as many connections as it may.</summary>
    public bool IsFull => _maxConnections > 0 && Volatile.Read(ref _open) >= _maxConnections;

    private bool IsServing => Health.IsUsable && !_isGivenUp;

    /// <summary>How a server at <paramref name="address"/> is called.</summary>
    public static string NameOf(EndPoint address) => address switch
    {
        DnsEndPoint name => $"{name.Host}:{name.Port}",
        IPEndPoint ip => ip.ToString(),
        _ => $"unix:{address}",
    };

    /// <summary>Whether it has fewer connections for its weight than <paramref name="other"/>, the one to come included.</summary>
    public bool IsLessBusyThan(Server other) =>
        (Volatile.Read(ref _open) + 1L) * other.Weight < (Volatile.Read(ref other._open) + 1L) * Weight;

    /// <summary>Takes one of its connections. False if all are taken; else <see cref="Release"/> gives it back.</summary>
    public bool TryTake()
    {
        if (!_isCounted || Interlocked.Increment(ref _open) <= _maxConnections || _maxConnections == 0) return true;
        Interlocked.Decrement(ref _open);
        return false;
    }

    /// <summary>Gives a connection back, to the first that waits for one if any does.</summary>
    public void Release()
    {
        if (!_isCounted || (_line is { IsEmpty: false } && IsServing && _line.TryHand(this))) return;
        Interlocked.Decrement(ref _open);
        // Who has joined since the line was looked at found this place taken.
        if (_line is { IsEmpty: false }) ServeLine();
    }

    /// <summary>Gives the places that are free to those that wait for one.</summary>
    public void ServeLine()
    {
        while (_line is { IsEmpty: false } && IsServing && TryTake())
        {
            if (_line.TryHand(this)) continue;
            Interlocked.Decrement(ref _open);
            return;
        }
    }

    /// <summary>Gives it up: its name is asked for no more, it is not checked, and nobody waits for it. The connections that it has go on.</summary>
    public void Dispose()
    {
        _isGivenUp = true;
        Addresses?.Dispose();
        Checks?.Dispose();
    }
}
