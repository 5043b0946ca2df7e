namespace SniForward.Admin.Api;

/// <summary>A server of a backend, how it is and what it has carried.</summary>
/// <param name="Backend">Whose it is.</param>
/// <param name="Name">As configured, or as its name's records gave it.</param>
/// <param name="Health">"up", "suspect" or "down".</param>
/// <param name="Admin">"in", "draining" or "out".</param>
/// <param name="Weight">Its share.</param>
/// <param name="Open">Connections that are open.</param>
/// <param name="Total">Connections since the start.</param>
/// <param name="BytesUp">From clients to it.</param>
/// <param name="BytesDown">From it to clients.</param>
internal sealed record ServerView(
    string Backend, string Name, string Health, string Admin, int Weight, long Open, long Total, long BytesUp, long BytesDown);
