namespace SniForward.Transport;

/// <summary>
/// Told of what <see cref="ISocket.Move"/> does. Two directions of one connection may be told of at the same time on an
/// engine that is not one thread.
/// </summary>
internal interface IMoveObserver
{
    /// <summary><paramref name="bytes"/>, at least one, of <paramref name="source"/> were taken by its sink.</summary>
    void Moved(ISocket source, int bytes);

    /// <summary>Nothing more of <paramref name="source"/> will move. The last call for it.</summary>
    void Ended(ISocket source, MoveEnd end);
}
