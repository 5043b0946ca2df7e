namespace SniForward.Admin.Api;

/// <summary>What <c>/api/connections</c> answers.</summary>
/// <param name="Open">How many there are.</param>
/// <param name="Matching">How many the filter lets through.</param>
/// <param name="Connections">The first of those, in the order that was asked for.</param>
internal sealed record ConnectionList(long Open, long Matching, IReadOnlyList<ConnectionView> Connections);
