namespace SniForward.Selecting;

/// <summary>The server that was chosen, of which one connection is taken.</summary>
/// <param name="Server">Null: there is none that is fit, was not tried and has room.</param>
/// <param name="OnTrial">Whether it is out, and this connection tries it.</param>
/// <param name="ClientLeft">Whether there is nobody any more to choose one for.</param>
internal readonly record struct Pick(Server? Server, bool OnTrial, bool ClientLeft = false);
