using System.Globalization;
using Microsoft.Extensions.Logging;
using SniForward.Securing;
using SniForward.Startup.Configuration;
using SniForward.Telemetry;

namespace SniForward.Startup;

/// <summary>Makes what renews the certificates of a configuration and logs that.</summary>
internal static class CertificateRenewalBuilder
{
    public static CertificateRenewal Build(ForwarderConfig config, ILogger logger) => new(
        config.Certificates,
        [.. config.Routes.Select(route => route.Tls).OfType<TlsTermination>()],
        [.. config.Backends.Select(backend => backend.Tls).OfType<TlsOrigination>()],
        TimeProvider.System)
    {
        Renewed = certificate => Log.CertificateRenewed(
            logger, certificate.Source, certificate.NamesInShort, certificate.KeyType, certificate.NotAfter.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        Refused = (certificate, why) => Log.CertificateRefused(logger, certificate.Source, why),
        Expiring = (certificate, warning) => Log.CertificateExpiring(logger, certificate.Source, warning),
        Failed = fault => Log.RenewalFailed(logger, fault),
    };
}
