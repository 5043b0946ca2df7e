namespace SniForward.Tests.EndToEnd;

/// <summary>Tests that count something of the whole process, and so run while no others do.</summary>
[CollectionDefinition(nameof(RunsAlone), DisableParallelization = true)]
public sealed class RunsAlone;
