using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using SniForward.Routing;

namespace SniForward.Securing;

/// <summary>
/// A certificate with its private key and the chain that is sent with it. Nothing is ever downloaded for it but its status, if
/// that is to be stapled.
/// </summary>
internal sealed class ServerCertificate
{
    // So many names of a certificate tell which one it is.
    private const int MostNames = 4;

    // Let's Encrypt's are renewed 30 days before they expire: then something is amiss, and there is time to see to it.
    private static readonly TimeSpan Soon = TimeSpan.FromDays(21);

    private readonly HashSet<string> _names;
    private readonly Lazy<SslStreamCertificateContext> _context;

    /// <param name="source">The file that it came from, for people.</param>
    /// <param name="certificate">With its private key, RSA or ECDSA.</param>
    /// <param name="chain">Who issued it, and that one's issuer, and so on, in any order; others are left out.</param>
    /// <param name="staples">Whether its OCSP status is fetched and stapled (RFC 6066 §8), if that can be.</param>
    public ServerCertificate(string source, X509Certificate2 certificate, X509Certificate2Collection chain, bool staples = false)
    {
        Source = source;
        var own = Usable(certificate);
        var context = SslStreamCertificateContext.Create(own, chain, offline: true);
        WhyNotStapled = staples ? OcspStapling.WhyNot(certificate, chain) : null;
        // That begins to fetch the status, which nobody asks for who only checks a configuration.
        _context = staples && WhyNotStapled is null
            ? new Lazy<SslStreamCertificateContext>(() => SslStreamCertificateContext.Create(own, chain, offline: false))
            : new Lazy<SslStreamCertificateContext>(context);
        Names = [.. NamesOf(certificate).Distinct()];
        _names = [.. Names];
        (NotBefore, NotAfter) = (certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
        using var rsa = certificate.GetRSAPublicKey();
        using var ecdsa = certificate.GetECDsaPublicKey();
        IsEcdsa = ecdsa is not null;
        KeyType = ecdsa is null ? $"RSA {rsa?.KeySize}" : $"ECDSA P-{ecdsa.KeySize}";
    }

    /// <summary>The file that it came from.</summary>
    public string Source { get; }

    /// <summary>What <see cref="SslStream"/> takes; made once, for that builds the chain. With it begins the stapling.</summary>
    public SslStreamCertificateContext Context => _context.Value;

    /// <summary>Why its status is not stapled although it should be, in a clause to stand behind its name; null: there is nothing amiss.</summary>
    public string? WhyNotStapled { get; }

    /// <summary>Its subject alternative names: normalised names, "*.suffix" for one label and a suffix, and addresses.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>For people: the first of its names, and how many more there are.</summary>
    public string NamesInShort => Names.Count switch
    {
        0 => "no name at all",
        <= MostNames => string.Join(", ", Names),
        _ => $"{string.Join(", ", Names.Take(MostNames))} and {Names.Count - MostNames} more",
    };

    /// <summary>Whether its key is ECDSA, or else RSA.</summary>
    public bool IsEcdsa { get; }

    /// <summary>For people, such as "RSA 2048" and "ECDSA P-256".</summary>
    public string KeyType { get; }

    /// <summary>From when it is valid.</summary>
    public DateTimeOffset NotBefore { get; }

    /// <summary>Until when it is valid.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>Whether it is valid for a normalised name: that itself, or a wildcard for its first label (RFC 9525 §6.3).</summary>
    public bool Covers(string name) =>
        _names.Contains(name) || (name.IndexOf('.') is > 0 and var dot && _names.Contains($"*{name[dot..]}"));

    /// <summary>What is amiss with its dates, in a clause to stand behind its name; null: nothing for the next 21 days.</summary>
    public string? WarningAt(DateTimeOffset now)
    {
        if (NotAfter < now) return $"expired on {Date(NotAfter)}; clients refuse it";
        if (NotBefore > now) return $"is not valid before {Date(NotBefore)}; clients refuse it until then";
        return NotAfter - now < Soon ? $"expires on {Date(NotAfter)}, in {(NotAfter - now).Days} days; renew it" : null;
    }

    private static string Date(DateTimeOffset date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static IEnumerable<string> NamesOf(X509Certificate2 certificate)
    {
        foreach (var names in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            foreach (var name in names.EnumerateDnsNames())
            {
                var isWildcard = name.StartsWith("*.", StringComparison.Ordinal);
                if (HostName.TryNormalize(isWildcard ? name[2..] : name, out var normal)) yield return isWildcard ? $"*.{normal}" : normal;
            }
            foreach (var address in names.EnumerateIPAddresses()) yield return address.ToString();
        }
    }

    /// <summary>Windows's TLS takes only keys that a key store holds, as those of a PFX are.</summary>
    private static X509Certificate2 Usable(X509Certificate2 certificate) => OperatingSystem.IsWindows()
        ? X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null)
        : certificate;
}
