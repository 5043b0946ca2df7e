using System.Runtime.InteropServices;

namespace SniForward.Securing;

/// <summary>
/// Chooses a certificate for a client: by the name that it asks for, and of two for the same name by the kind of
/// signature that it can check. Immutable; look-ups do not allocate.
/// </summary>
internal sealed class CertificateStore
{
    private readonly Dictionary<string, Pair> _exact = [];
    private readonly Dictionary<string, Pair> _wildcards = [];
    private readonly Dictionary<string, Pair>.AlternateLookup<ReadOnlySpan<char>> _exactBySpan;
    private readonly Dictionary<string, Pair>.AlternateLookup<ReadOnlySpan<char>> _wildcardsBySpan;
    private readonly Pair _otherwise;

    /// <param name="certificates">At least one. Of those with the same name and kind of key the first counts.</param>
    public CertificateStore(IReadOnlyList<ServerCertificate> certificates)
    {
        All = certificates;
        foreach (var certificate in certificates)
        {
            foreach (var name in certificate.Names)
            {
                var isWildcard = name.StartsWith("*.", StringComparison.Ordinal);
                ref var pair = ref CollectionsMarshal.GetValueRefOrAddDefault(isWildcard ? _wildcards : _exact, isWildcard ? name[2..] : name, out _);
                pair = pair.With(certificate);
            }
        }

        _exactBySpan = _exact.GetAlternateLookup<ReadOnlySpan<char>>();
        _wildcardsBySpan = _wildcards.GetAlternateLookup<ReadOnlySpan<char>>();
        _otherwise = certificates.Where(other => other.Names.SequenceEqual(certificates[0].Names)).Aggregate(default(Pair), (pair, other) => pair.With(other));
    }

    /// <summary>All of them, in the order in which they were given.</summary>
    public IReadOnlyList<ServerCertificate> All { get; }

    /// <summary>One with another certificate in the place of <paramref name="old"/>; itself if it has not that.</summary>
    public CertificateStore With(ServerCertificate old, ServerCertificate renewed) => All.Contains(old)
        ? new CertificateStore([.. All.Select(certificate => certificate == old ? renewed : certificate)])
        : this;

    /// <summary>
    /// The certificate of the exact name, then of the wildcard for its first label, then the first of all, or the one of
    /// the other kind for the same names.
    /// </summary>
    /// <param name="name">Normalised; empty: the client names none.</param>
    /// <param name="offersEcdsa">Whether the client can check ECDSA; it is then preferred, for it costs the server less.</param>
    public ServerCertificate Find(ReadOnlySpan<char> name, bool offersEcdsa)
    {
        if (_exactBySpan.TryGetValue(name, out var exact)) return exact.Choose(offersEcdsa);
        return name.IndexOf('.') is > 0 and var dot && _wildcardsBySpan.TryGetValue(name[(dot + 1)..], out var wildcard)
            ? wildcard.Choose(offersEcdsa)
            : _otherwise.Choose(offersEcdsa);
    }

    /// <summary>The certificates of one name, of which at least one is there.</summary>
    private readonly record struct Pair(ServerCertificate? Rsa, ServerCertificate? Ecdsa)
    {
        public Pair With(ServerCertificate certificate) =>
            certificate.IsEcdsa ? this with { Ecdsa = Ecdsa ?? certificate } : this with { Rsa = Rsa ?? certificate };

        public ServerCertificate Choose(bool offersEcdsa) => ((offersEcdsa ? Ecdsa : null) ?? Rsa ?? Ecdsa)!;
    }
}
