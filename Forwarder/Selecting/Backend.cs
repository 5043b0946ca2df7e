namespace SniForward.Selecting;

/// <summary>The servers that one route's connections may go to, taken in turn (round-robin).</summary>
/// <param name="name">Its name in the configuration, or the address given inline.</param>
/// <param name="servers">At least one.</param>
/// <param name="sendProxy">The PROXY header that they get.</param>
internal sealed class Backend(string name, Server[] servers, ProxyVersion sendProxy)
{
    private uint _turn = uint.MaxValue;

    public string Name => name;

    public ProxyVersion SendProxy => sendProxy;

    public int Count => servers.Length;

    /// <summary>Where the next connection begins to try: the first argument of <see cref="this"/>.</summary>
    public uint NextTurn() => servers.Length == 1 ? 0 : Interlocked.Increment(ref _turn);

    /// <summary>The server to try at the <paramref name="attempt"/>-th attempt, from 0, of a connection whose turn is <paramref name="turn"/>.</summary>
    public Server this[uint turn, int attempt] => servers[(turn + (uint)attempt) % (uint)servers.Length];
}
