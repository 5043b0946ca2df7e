using System.Net;
using SniForward.Selecting.Health;
using SniForward.Selecting.Names;

namespace SniForward.Selecting;

/// <summary>
/// What of a server outlives a change of its configuration: where it is, how it is, and how many connections it has. Used
/// by every engine at once.
/// </summary>
internal sealed class ServerState : IDisposable
{
    private readonly TimeProvider _time;
    private volatile WaitingLine? _line;
    private volatile int _maxConnections;
    private volatile ServerAdmin _admin;
    private int _open;
    private HealthChecker? _checks;
    private HealthCheck? _check;
    private ProxyVersion _sendProxy;

    /// <param name="address">An <see cref="IPEndPoint"/>, a <see cref="DnsEndPoint"/> or a unix socket's.</param>
    /// <param name="addresses">Those of its name; null if it is not known by a name.</param>
    /// <param name="time">The clock of its health.</param>
    /// <param name="changed">Told of each change of that.</param>
    /// <param name="isNeeded">Whether there is no other server; null: there is never a need.</param>
    public ServerState(
        EndPoint address, ResolvedName? addresses, TimeProvider time, Action<ServerState, HealthChange> changed, Func<bool>? isNeeded = null)
    {
        (Address, Addresses, _time) = (address, addresses, time);
        Health = new ServerHealth(new HealthRules(), time, change => changed(this, change)) { IsNeeded = isNeeded ?? (static () => false) };
        Name = Server.NameOf(address);
        Host = address switch
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

    /// <summary>Its host name, or its address, without a port; of a unix socket's, "localhost".</summary>
    public string Host { get; }

    /// <summary>The addresses of its name; null if <see cref="Address"/> is one already.</summary>
    public ResolvedName? Addresses { get; }

    public ServerHealth Health { get; }

    /// <summary>What an operator has decided about it, by <see cref="Backend.Set"/>. It outlives a change of the configuration, too.</summary>
    public ServerAdmin Admin
    {
        get => _admin;
        set => _admin = value;
    }

    /// <summary>Whether it takes connections of those that wait for one.</summary>
    private bool IsServing => Health.IsUsable && _admin == ServerAdmin.In;

    /// <summary>How many of its connections are open that are counted.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Whether it has as many connections as it may.</summary>
    public bool IsFull => _maxConnections is > 0 and var most && Open >= most;

    /// <summary>This is how it is treated from now on. Its health stays as it is, and checks that stay the same go on.</summary>
    /// <param name="settings">What is said of it.</param>
    /// <param name="rules">What is said of all servers of its backend.</param>
    /// <param name="line">Who waits for a place; null if nobody may.</param>
    public void Use(ServerSettings settings, BackendRules rules, WaitingLine? line)
    {
        (_maxConnections, _line) = (settings.MaxConnections, line);
        Health.Use(rules.Health);
        var check = rules.Health.Check;
        if (check == _check && (check is null || rules.SendProxy == _sendProxy)) return;
        (_check, _sendProxy) = (check, rules.SendProxy);
        _checks?.Dispose();
        _checks = check is null ? null
            : HealthChecker.Start(check, new HealthProbe(check, Address, Addresses, rules.SendProxy, _time), Health, _time);
    }

    /// <summary>Counts one more connection. False if it has all that it may; else <see cref="Release"/> gives it back.</summary>
    public bool TryTake()
    {
        if (Interlocked.Increment(ref _open) <= _maxConnections || _maxConnections == 0) return true;
        Interlocked.Decrement(ref _open);
        return false;
    }

    /// <summary>Gives a connection back that was counted, to the first that waits for one if any does.</summary>
    public void Release()
    {
        if (_line is { IsEmpty: false } line && IsServing && (_maxConnections == 0 || Open <= _maxConnections) && line.TryHand(this)) return;
        Interlocked.Decrement(ref _open);
        // Who has joined since the line was looked at found this place taken.
        ServeLine();
    }

    /// <summary>Gives the places that are free to those that wait for one.</summary>
    public void ServeLine()
    {
        while (_line is { IsEmpty: false } line && IsServing && TryTake())
        {
            if (line.TryHand(this)) continue;
            Interlocked.Decrement(ref _open);
            return;
        }
    }

    /// <summary>Gives it up: its name is asked for no more, and it is not checked. The connections that it has go on.</summary>
    public void Dispose()
    {
        Addresses?.Dispose();
        _checks?.Dispose();
    }
}
