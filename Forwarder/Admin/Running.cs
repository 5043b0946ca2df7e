using SniForward.Selecting;

namespace SniForward.Admin;

/// <summary>The configuration that a forwarder runs by, as operators are shown it. Immutable; a reload puts another in its place.</summary>
/// <param name="Source">Its file.</param>
/// <param name="Text">What is in that, without secrets.</param>
/// <param name="Since">When it was taken over.</param>
/// <param name="Listeners">In its order: names, and the addresses that were really bound.</param>
/// <param name="Routes">In its order; those for what matches none last.</param>
/// <param name="Backends">In its order.</param>
internal sealed record Running(
    string Source, string Text, DateTimeOffset Since,
    IReadOnlyList<RunningListener> Listeners, IReadOnlyList<RunningRoute> Routes, IReadOnlyList<Backend> Backends);
