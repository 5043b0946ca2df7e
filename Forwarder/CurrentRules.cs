namespace SniForward;

/// <summary>The rules of one listener that hold for the connections to come. Those that are open keep theirs.</summary>
/// <param name="first">Those that it begins with.</param>
internal sealed class CurrentRules(ConnectionRules first)
{
    private volatile ConnectionRules _now = first;

    public ConnectionRules Now
    {
        get => _now;
        set => _now = value;
    }
}
