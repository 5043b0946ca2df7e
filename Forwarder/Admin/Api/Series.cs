namespace SniForward.Admin.Api;

/// <summary>What <c>/api/series</c> answers.</summary>
/// <param name="Samples">Those of the last minutes, the oldest first.</param>
internal sealed record Series(IReadOnlyList<Sample> Samples);
