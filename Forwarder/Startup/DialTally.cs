using SniForward.Selecting;
using SniForward.Telemetry.Metrics;
using SniForward.Transport.Tls;

namespace SniForward.Startup;

/// <summary>Counts what an engine's dialer tells.</summary>
/// <param name="tally">The engine's.</param>
internal sealed class DialTally(EngineTally tally)
{
    public void Attempted(Backend backend, Server server, Attempt attempt, bool isRetry)
    {
        tally.Connects[new ConnectKey(backend.Name, server.Label, Outcome.Of(attempt))].Increment();
        if (isRetry) tally.Retries[backend.Name].Increment();
    }

    public void ShookHands(TlsFailure failure, TimeSpan time) => tally.CountHandshake("server", Outcome.Of(failure), time);
}
