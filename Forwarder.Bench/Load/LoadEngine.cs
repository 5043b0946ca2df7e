using SniForward.Transport;
using SniForward.Transport.Epoll;

namespace SniForward.Bench.Load;

/// <summary>The one place that says which engine the clients and the origin run on.</summary>
internal static class LoadEngine
{
    /// <summary>One reactor: clients and origin take turns on its thread, and share all they have without locks.</summary>
    public static ITransport Create() => EpollTransport.Start(threads: 1, maxPipes: 0)[0];

    /// <summary>Runs <paramref name="work"/> on the engine's thread, if it has one.</summary>
    public static Task<T> RunAsync<T>(ITransport engine, Func<Task<T>> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Post(Begin, null);
        return done.Task;

        async void Begin(object? state)
        {
            try
            {
                done.SetResult(await work());
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                done.SetException(e);
            }
        }
    }
}
