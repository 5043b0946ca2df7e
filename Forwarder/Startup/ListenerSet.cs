using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SniForward.Accepting;
using SniForward.Selecting;
using SniForward.Startup.Configuration;
using SniForward.Telemetry;
using SniForward.Transport;

namespace SniForward.Startup;

/// <summary>The addresses that one configuration after the other listens on. One that stays is not bound again.</summary>
/// <param name="engines">Each listens on every address.</param>
/// <param name="live">Where each of them keeps its connections.</param>
/// <param name="inherited">Sockets that are used instead of binding their addresses; they belong to this.</param>
/// <param name="logger">Where it logs.</param>
internal sealed class ListenerSet(IReadOnlyList<ITransport> engines, IReadOnlyList<LiveConnections> live, InheritedSockets inherited, ILogger logger) : IDisposable
{
    private volatile BoundAddress[] _bound = [];

    /// <summary>The addresses, in the configuration's order, with their real ports.</summary>
    public IReadOnlyList<EndPoint> Addresses => [.. _bound.Select(bound => bound.Local)];

    /// <summary>Binds those of <paramref name="listeners"/> that are not bound yet, or nothing of it. Clients wait until <see cref="Use"/>.</summary>
    /// <returns>All of them, each with the name of its listener.</returns>
    /// <exception cref="BindException">One cannot be bound.</exception>
    public IReadOnlyList<(BoundAddress Address, string Listener)> Bind(IReadOnlyList<ListenerConfig> listeners)
    {
        var all = new List<(BoundAddress Address, string Listener)>();
        try
        {
            foreach (var listener in listeners)
            {
                foreach (var address in listener.Bind)
                    all.Add((Free(listener.Name, address, all) ?? BoundAddress.Bind(listener.Name, address, engines, inherited), listener.Name));
            }
            return all;
        }
        catch
        {
            Abandon(all);
            throw;
        }
    }

    /// <summary>Closes what was bound in vain.</summary>
    public static void Abandon(IEnumerable<(BoundAddress Address, string Listener)> bound)
    {
        foreach (var (address, _) in bound.Where(of => !of.Address.IsStarted)) address.Dispose();
    }

    /// <summary>Accepts clients on these from now on, and on no others.</summary>
    /// <param name="bound">What <see cref="Bind"/> gave.</param>
    /// <param name="rules">What holds for each listener.</param>
    public void Use(IReadOnlyList<(BoundAddress Address, string Listener)> bound, IReadOnlyList<ConnectionRules> rules)
    {
        var leaving = _bound.Except(bound.Select(of => of.Address)).ToArray();
        _bound = [.. bound.Select(of => of.Address)];
        foreach (var (address, listener) in bound)
        {
            address.Listener = listener;
            var own = rules.First(of => of.Listener == listener);
            if (address.IsStarted)
            {
                address.Use(own);
                continue;
            }
            Log.Listening(logger, listener, address.Local);
            address.Start(own, engines, live);
        }
        foreach (var address in leaving)
        {
            address.Dispose();
            Log.NoLongerListening(logger, address.Listener, address.Local);
        }
    }

    /// <summary>Says which of the sockets that were inherited are of no use, and closes them.</summary>
    public void WarnOfInherited(ForwarderConfig config)
    {
        foreach (var what in inherited.Unusable) Log.InheritedUnusable(logger, what);
        var wanted = config.Listeners.SelectMany(listener => listener.Bind).ToList();
        if (config.Admin is { } admin) wanted.Add(admin.Bind);
        foreach (var what in inherited.CloseOthers(wanted)) Log.InheritedUnwanted(logger, what, string.Join(", ", wanted.Select(Server.NameOf)));
    }

    /// <summary>The sockets that are listened on, for another process. They belong to the caller.</summary>
    /// <exception cref="SocketException">They are closed, or no descriptor is left.</exception>
    public IReadOnlyList<Socket> Share() => [.. _bound.SelectMany(bound => bound.Share())];

    /// <summary>Looks again whether clients wait: a process that shared the sockets accepts no more.</summary>
    public void LookAgain() => Array.ForEach(_bound, bound => bound.LookAgain());

    /// <summary>Accepts no more.</summary>
    public void Dispose()
    {
        foreach (var bound in _bound) bound.Dispose();
        inherited.Dispose();
    }

    /// <summary>One that is bound to <paramref name="address"/> already, and is not among the <paramref name="taken"/>; null: there is none.</summary>
    private BoundAddress? Free(string listener, EndPoint address, List<(BoundAddress Address, string Listener)> taken)
    {
        // Port 0 may be asked for by several.
        var free = _bound.Except(taken.Select(of => of.Address)).Where(bound => bound.Asked.Equals(address)).ToArray();
        return free.FirstOrDefault(bound => bound.Listener == listener) ?? free.FirstOrDefault();
    }
}
