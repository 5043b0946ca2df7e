using System.Net.Sockets;

namespace SniForward.Selecting.Health;

/// <summary>
/// Whether a server is fit to be chosen: by the connections that are made to it, always, and by checks, where there are
/// any. Connects that fail in a row take it out; after a cool-down, which doubles each time, a single connection tries it,
/// and its success, or that of a check, brings it back. Used by every engine at once.
/// </summary>
/// <param name="rules">How much it takes.</param>
/// <param name="time">The clock of the cool-down.</param>
/// <param name="changed">Told of each change, after it.</param>
internal sealed class ServerHealth(HealthRules rules, TimeProvider time, Action<HealthChange> changed)
{
    public const string Up = "up";
    public const string Suspect = "suspect";
    public const string Down = "down";

    private readonly Lock _lock = new();
    private volatile HealthRules _rules = rules;
    private volatile bool _isOut;
    private volatile bool _isDown;
    private int _connectsFailed;
    private int _checksFailed;
    private int _checksPassed;
    private long _allChecksFailed;
    private long _allChecksPassed;
    private int _onTrial;
    private long _trialAt;
    private long? _backAt;
    private TimeSpan _coolDown;

    /// <summary>Whether there is no other server: then one check that passes is enough to bring it back.</summary>
    public Func<bool> IsNeeded { get; init; } = static () => false;

    /// <summary>Whether it may be chosen like any other.</summary>
    public bool IsUsable => !_isOut && !_isDown;

    /// <summary>Whether it was taken out by failed connects alone, so that a trial may bring it back.</summary>
    public bool IsSuspect => _isOut && !_isDown;

    /// <summary>How many checks have passed since the start.</summary>
    public long AllChecksPassed => Volatile.Read(ref _allChecksPassed);

    /// <summary>How many checks have failed since the start.</summary>
    public long AllChecksFailed => Volatile.Read(ref _allChecksFailed);

    /// <summary>This is how much it takes from now on. What checks have said counts no more if there are none any more.</summary>
    public void Use(HealthRules rules)
    {
        var isBack = false;
        lock (_lock)
        {
            _rules = rules;
            if (rules.Check is not null) return;
            isBack = _isDown && !_isOut;
            (_isDown, _checksFailed, _checksPassed) = (false, 0, 0);
        }
        if (isBack) changed(new HealthChange(HealthVerdict.Back, "it is not checked any more", TimeSpan.Zero));
    }

    /// <summary>What figures and operators call it: one of <see cref="Up"/>, <see cref="Suspect"/> and <see cref="Down"/>.</summary>
    public string Name => IsUsable ? Up : IsSuspect ? Suspect : Down;

    /// <summary>Whether the caller is the one who tries it, which ends by one of the three that follow.</summary>
    public bool TryTrial()
    {
        if (!IsSuspect || time.GetTimestamp() < Volatile.Read(ref _trialAt) || Interlocked.CompareExchange(ref _onTrial, 1, 0) != 0) return false;
        // It may have ended, and the next not be due yet, between the two looks.
        if (IsSuspect && time.GetTimestamp() >= Volatile.Read(ref _trialAt)) return true;
        EndTrial();
        return false;
    }

    /// <summary>It took a connection.</summary>
    public void Connected()
    {
        // Written only if it changes: every core reads it.
        if (Volatile.Read(ref _connectsFailed) != 0) Volatile.Write(ref _connectsFailed, 0);
        if (_isOut) BringBack("it took a connection");
    }

    /// <summary>It did not take a connection.</summary>
    /// <param name="error">Why.</param>
    /// <param name="onTrial">Whether that was the trial.</param>
    public void Failed(SocketError error, bool onTrial)
    {
        if (!onTrial && (_isOut || Interlocked.Increment(ref _connectsFailed) < _rules.Fall)) return;

        HealthChange? change = null;
        lock (_lock)
        {
            if (_isOut != onTrial)
            {
                // Somebody else took it out, or a check brought it back, meanwhile.
                if (onTrial) EndTrial();
                return;
            }
            var wasBackShortly = _backAt is { } backAt && time.GetElapsedTime(backAt) < HealthRules.Forgotten;
            _coolDown = onTrial || wasBackShortly ? Longer(_coolDown) : HealthRules.FirstCoolDown;
            Volatile.Write(ref _trialAt, time.GetTimestamp() + (long)(_coolDown.TotalSeconds * time.TimestampFrequency));
            if (!_isOut) change = new HealthChange(HealthVerdict.Out, $"{_rules.Fall} connections in a row failed, the last with {error}", _coolDown);
            _isOut = true;
            EndTrial();
        }
        if (change is { } told) changed(told);
    }

    /// <summary>The trial came to nothing: neither did it succeed nor fail.</summary>
    public void EndTrial() => Volatile.Write(ref _onTrial, 0);

    /// <summary>A check ended.</summary>
    /// <param name="failure">Why it failed; null if it passed.</param>
    public void Checked(string? failure)
    {
        HealthChange? change = null;
        lock (_lock)
        {
            if (failure is null)
            {
                _checksFailed = 0;
                _allChecksPassed++;
                if (!_isDown || ++_checksPassed >= _rules.Rise || IsNeeded()) change = EndDown();
            }
            else
            {
                _checksPassed = 0;
                _allChecksFailed++;
                if (++_checksFailed >= _rules.Fall && !_isDown)
                {
                    _isDown = true;
                    change = new HealthChange(HealthVerdict.Down, failure, TimeSpan.Zero);
                }
            }
        }
        if (change is { } told) changed(told);
    }

    private HealthChange? EndDown()
    {
        if (IsUsable) return null;
        (_isDown, _checksPassed) = (false, 0);
        EndOut();
        return new HealthChange(HealthVerdict.Back, "its checks pass", TimeSpan.Zero);
    }

    private void BringBack(string why)
    {
        lock (_lock)
        {
            if (!_isOut) return;
            EndOut();
            // A check that says otherwise stands.
            if (_isDown) return;
        }
        changed(new HealthChange(HealthVerdict.Back, why, TimeSpan.Zero));
    }

    private void EndOut()
    {
        if (_isOut) _backAt = time.GetTimestamp();
        _isOut = false;
        Volatile.Write(ref _connectsFailed, 0);
        EndTrial();
    }

    private static TimeSpan Longer(TimeSpan coolDown) =>
        coolDown * 2 < HealthRules.LongestCoolDown ? coolDown * 2 : HealthRules.LongestCoolDown;
}
