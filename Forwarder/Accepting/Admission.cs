using System.Net;

namespace SniForward.Accepting;

/// <summary>Who may come in: allow and deny lists, the process's limit, and limits by client. Used by every engine at once.</summary>
internal sealed class Admission
{
    private readonly ClientLimits _clients;
    private volatile AdmissionRules _rules;
    private int _open;

    /// <param name="rules">What holds at first.</param>
    /// <param name="clients">The limits by client.</param>
    public Admission(AdmissionRules rules, ClientLimits clients) => (_rules, _clients) = (rules, clients);

    /// <summary>Whether it matters who a client is.</summary>
    public bool AsksForClient => _rules.HasNetworks || _clients.Enabled;

    /// <summary>How many clients are remembered by their address.</summary>
    public int KnownClients => _clients.Count;

    /// <summary>What holds for the connections to come. Those that are open, and were counted, still count; the others do by <see cref="EnterLate"/>.</summary>
    public void Use(AdmissionRules rules) => _rules = rules;

    /// <summary>Counts a new connection. False if the process has as many as it may; else <see cref="Leave"/> must be called at its end.</summary>
    /// <param name="isCounted">Whether it counts: without a limit nobody does.</param>
    public bool TryEnter(out bool isCounted)
    {
        var most = _rules.MaxConnections;
        isCounted = false;
        // Without a limit nobody counts: the count is shared by every core.
        if (most == 0) return true;
        isCounted = Interlocked.Increment(ref _open) <= most;
        if (!isCounted) Interlocked.Decrement(ref _open);
        return isCounted;
    }

    /// <summary>Decides on a connection.</summary>
    /// <param name="client">Whose it is.</param>
    /// <param name="counted">The address that it is then counted by; null: by none.</param>
    /// <param name="wait">If it comes too soon after others, by how much; else zero.</param>
    public AdmissionVerdict Admit(IPAddress client, out IPAddress? counted, out TimeSpan wait)
    {
        (counted, wait) = (null, TimeSpan.Zero);
        if (!_rules.Allows(client)) return AdmissionVerdict.Denied;
        if (!_clients.Enabled) return AdmissionVerdict.Admitted;
        counted = client;
        return _clients.TryEnter(client, out wait) ? AdmissionVerdict.Admitted : AdmissionVerdict.ClientLimit;
    }

    /// <summary>Counts a connection that is open already for the limits that it is not counted for yet.</summary>
    /// <param name="isCounted">Whether it counts; what comes back counts from now on.</param>
    /// <param name="counted">The address that it is counted by, likewise; null: by none.</param>
    /// <param name="client">Whose it is; null: nobody knows.</param>
    public (bool IsCounted, IPAddress? Counted) EnterLate(bool isCounted, IPAddress? counted, IPAddress? client)
    {
        if (!isCounted && _rules.MaxConnections > 0)
        {
            Interlocked.Increment(ref _open);
            isCounted = true;
        }
        if (counted is null && client is not null && _clients.Enabled)
        {
            _clients.Enter(client);
            counted = client;
        }
        return (isCounted, counted);
    }

    /// <summary>A connection has ended.</summary>
    /// <param name="isCounted">Whether it was counted.</param>
    /// <param name="counted">The address that it was counted by; null: by none.</param>
    public void Leave(bool isCounted, IPAddress? counted)
    {
        if (isCounted) Interlocked.Decrement(ref _open);
        if (counted is not null) _clients.Leave(counted);
    }
}
