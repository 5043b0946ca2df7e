namespace SniForward.Selecting;

/// <summary>A connection that waits for a place: its result is the server that it was handed, or null.</summary>
/// <param name="backend">The backend as it knows it: only servers of that will do.</param>
internal sealed class Waiter(Backend backend) : TaskCompletionSource<Server?>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public Backend Backend => backend;
}
