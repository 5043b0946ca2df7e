namespace SniForward.Transport.Epoll;

/// <summary>A pipe(7) through which splice(2) moves bytes from one socket to another without copying them.</summary>
/// <param name="readEnd">The descriptor that is read.</param>
/// <param name="writeEnd">The descriptor that is written.</param>
/// <param name="size">How much fits, in bytes.</param>
internal sealed class Pipe(int readEnd, int writeEnd, int size)
{
    public int ReadEnd => readEnd;

    public int WriteEnd => writeEnd;

    public int Size => size;

    public void Close()
    {
        Libc.Close(readEnd);
        Libc.Close(writeEnd);
    }
}
