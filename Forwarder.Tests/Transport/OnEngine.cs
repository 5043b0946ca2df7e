using SniForward.Transport;

namespace SniForward.Tests.Transport;

/// <summary>Runs what may only run on an engine.</summary>
internal static class OnEngine
{
    public static Task<T> RunAsync<T>(this ITransport engine, Func<ValueTask<T>> action)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Post(
            async _ =>
            {
                try
                {
                    done.SetResult(await action());
                }
                catch (Exception e)
                {
                    done.SetException(e);
                }
            },
            null);
        return done.Task.InTimeAsync();
    }

    public static Task RunAsync(this ITransport engine, Action action) => engine.RunAsync(() =>
    {
        action();
        return new ValueTask<bool>(true);
    });
}
