namespace SniForward.Admin.Api;

/// <summary>What <c>/api/refusals</c> answers.</summary>
/// <param name="Refusals">The last ones, the newest first.</param>
internal sealed record RefusalList(IReadOnlyList<RefusalView> Refusals);
