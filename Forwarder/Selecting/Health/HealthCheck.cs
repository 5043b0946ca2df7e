namespace SniForward.Selecting.Health;

/// <summary>How a server is checked: a connection, and over it, if asked for, a TLS handshake, an HTTP request, or both.</summary>
/// <param name="Interval">From the end of one check to the next.</param>
/// <param name="Jitter">The most by which an interval is longer or shorter, so that the checks of many do not meet.</param>
/// <param name="Timeout">How long a check may take, in all.</param>
/// <param name="Tls">Whether TLS is begun. Its certificate is not looked at: that is the clients' business.</param>
/// <param name="Path">What is asked for by HTTP, with its slash; null: nothing.</param>
/// <param name="Host">The name for SNI and Host; null: the server's own.</param>
/// <param name="Statuses">The HTTP statuses that pass.</param>
internal sealed record HealthCheck(
    TimeSpan Interval, TimeSpan Jitter, TimeSpan Timeout, bool Tls, string? Path, string? Host, IReadOnlyList<int> Statuses)
{
    public bool Equals(HealthCheck? other) =>
        other is not null && (Interval, Jitter, Timeout, Tls, Path, Host) == (other.Interval, other.Jitter, other.Timeout, other.Tls, other.Path, other.Host)
        && Statuses.SequenceEqual(other.Statuses);

    public override int GetHashCode() => HashCode.Combine(Interval, Jitter, Timeout, Tls, Path, Host, Statuses.Count);
}
