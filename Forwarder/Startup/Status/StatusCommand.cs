namespace SniForward.Startup.Status;

/// <summary><c>sniforward status</c>: how a forwarder that runs is, on one screen.</summary>
internal static class StatusCommand
{
    /// <param name="target">Whom to ask.</param>
    /// <param name="asJson">Whether to print the API's answer instead.</param>
    /// <returns><see cref="ExitCode.Ok"/>: it serves clients.</returns>
    public static async Task<int> RunAsync(AdminTarget target, bool asJson)
    {
        using var admin = target.Connect();
        try
        {
            if (asJson)
            {
                Console.WriteLine(await admin.OverviewTextAsync().ConfigureAwait(false));
                return ExitCode.Ok;
            }
            var overview = await admin.OverviewAsync().ConfigureAwait(false);
            Console.Write(StatusText.Of(overview));
            return overview.State == "serving" ? ExitCode.Ok : ExitCode.Failed;
        }
        catch (Exception e) when (AdminTarget.IsFailure(e))
        {
            Console.Error.WriteLine($"sniforward status: {target.Explain(e)}");
            return ExitCode.Failed;
        }
    }
}
