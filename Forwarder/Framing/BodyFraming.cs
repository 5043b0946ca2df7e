namespace SniForward.Framing;

/// <summary>How the end of a message's body is found.</summary>
/// <param name="Kind">The way.</param>
/// <param name="Length">The length in bytes, from 0 up, if the way is <see cref="BodyKind.Length"/>; otherwise 0.</param>
internal readonly record struct BodyFraming(BodyKind Kind, long Length = 0);
