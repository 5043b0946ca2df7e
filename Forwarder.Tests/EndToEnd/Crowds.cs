namespace SniForward.Tests.EndToEnd;

/// <summary>Tests that open so many files that two of them at once may meet the system's limit.</summary>
[CollectionDefinition(nameof(Crowds))]
public sealed class Crowds;
