namespace SniForward.Accepting;

/// <summary>Whether a new connection may come in.</summary>
internal enum AdmissionVerdict
{
    Admitted,

    /// <summary>The client's address is denied, or not among the allowed: closed at once.</summary>
    Denied,

    /// <summary>The client's address has too many connections or opens them too fast: refused in its own protocol.</summary>
    ClientLimit,
}
