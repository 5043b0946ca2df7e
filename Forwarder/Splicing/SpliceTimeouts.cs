namespace SniForward.Splicing;

/// <summary>How long a spliced connection may be silent.</summary>
/// <param name="Idle">Without a byte either way.</param>
/// <param name="HalfClosed">Without a byte, once one side has ended.</param>
internal readonly record struct SpliceTimeouts(TimeSpan Idle, TimeSpan HalfClosed);
