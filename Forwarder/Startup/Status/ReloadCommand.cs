namespace SniForward.Startup.Status;

/// <summary><c>sniforward reload</c>: has a forwarder that runs take its configuration over again, and says what came of it.</summary>
internal static class ReloadCommand
{
    public static async Task<int> RunAsync(AdminTarget target)
    {
        using var admin = target.Connect();
        try
        {
            var (isTakenOver, text) = await admin.ReloadAsync().ConfigureAwait(false);
            await (isTakenOver ? Console.Out : Console.Error).WriteAsync(text).ConfigureAwait(false);
            return isTakenOver ? ExitCode.Ok : ExitCode.Invalid;
        }
        catch (Exception e) when (AdminTarget.IsFailure(e))
        {
            await Console.Error.WriteLineAsync($"sniforward reload: {target.Explain(e)}").ConfigureAwait(false);
            return ExitCode.Failed;
        }
    }
}
