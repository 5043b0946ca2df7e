using SniForward.Startup.Configuration;

namespace SniForward.Startup;

/// <summary>What holds for the connections to come.</summary>
/// <param name="Config">The configuration.</param>
/// <param name="Rules">Those of each of its listeners, in its order.</param>
internal sealed record RulesInForce(ForwarderConfig Config, IReadOnlyList<ConnectionRules> Rules);
