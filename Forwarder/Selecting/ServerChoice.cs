using SniForward.Selecting.Balancing;

namespace SniForward.Selecting;

/// <summary>The servers that may be chosen, as they are at one time: the fit ones, and behind them the backups. Immutable.</summary>
internal sealed class ServerChoice
{
    private readonly Policy _policy;
    private readonly Policy _backups;
    private readonly Server[] _usable;
    private readonly Server[] _suspects;

    /// <param name="balance">How connections are shared out.</param>
    /// <param name="servers">All of a backend.</param>
    public ServerChoice(Balance balance, IReadOnlyList<Server> servers)
    {
        Server[] choosable = [.. servers.Where(server => server.Admin == ServerAdmin.In)];
        _usable = [.. choosable.Where(server => server.Health.IsUsable)];
        _policy = Policy.Of(balance, [.. _usable.Where(server => !server.IsBackup)]);
        _backups = Policy.Of(balance, [.. _usable.Where(server => server.IsBackup)]);
        // What has failed may be fit again, which one connection at a time finds out; of backups only where they are all there is.
        var onlyBackups = _usable.All(server => server.IsBackup);
        _suspects = [.. choosable.Where(server => server.Health.IsSuspect && (onlyBackups || !server.IsBackup))];
    }

    /// <summary>How many there are, backups too.</summary>
    public int Count => _usable.Length;

    /// <inheritdoc cref="Backend.Untried"/>
    public int Untried(List<Server>? tried)
    {
        if (tried is null) return Count;
        var untried = 0;
        foreach (var server in _usable)
        {
            if (!tried.Contains(server)) untried++;
        }
        return untried;
    }

    /// <inheritdoc cref="Backend.Take"/>
    public Pick Take(in Ticket ticket, List<Server>? tried)
    {
        foreach (var suspect in _suspects)
        {
            if (tried?.Contains(suspect) is true || !suspect.Health.TryTrial()) continue;
            if (suspect.TryTake()) return new Pick(suspect, OnTrial: true);
            suspect.Health.EndTrial();
        }
        return new Pick(_policy.Take(ticket, tried) ?? _backups.Take(ticket, tried), OnTrial: false);
    }
}
