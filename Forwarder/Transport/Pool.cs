namespace SniForward.Transport;

/// <summary>Objects that were used and will be again. As many are kept as were ever in use at once.</summary>
/// <param name="create">Makes one when none is left.</param>
internal sealed class Pool<T>(Func<T> create)
    where T : class
{
    private readonly Stack<T> _idle = new();
    private readonly Lock _lock = new();

    public T Rent()
    {
        lock (_lock)
        {
            if (_idle.TryPop(out var item)) return item;
        }
        return create();
    }

    public void Return(T item)
    {
        lock (_lock) _idle.Push(item);
    }
}
