using System.Globalization;
using Microsoft.Extensions.Logging;
using SniForward.Securing;
using SniForward.Startup.Configuration;
using SniForward.Telemetry;

namespace SniForward.Startup;

/// <summary>Makes what renews certificates and logs that, and tells it which.</summary>
internal static class CertificateRenewalBuilder
{
    public static CertificateRenewal Build(ILogger logger) => new(TimeProvider.System)
    {
        Renewed = certificate => Log.CertificateRenewed(
            logger, certificate.Source, certificate.NamesInShort, certificate.KeyType, certificate.NotAfter.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        Refused = (certificate, why) => Log.CertificateRefused(logger, certificate.Source, why),
        Expiring = (certificate, warning) => Log.CertificateExpiring(logger, certificate.Source, warning),
        Failed = fault => Log.RenewalFailed(logger, fault),
    };

    /// <summary>Renews the certificates of <paramref name="config"/>, which is to be used as it comes back: what is as before in it is the same.</summary>
    public static ForwarderConfig Use(this CertificateRenewal renewal, ForwarderConfig config)
    {
        var (terminations, originations) = renewal.Use(
            config.Certificates, [.. config.Routes.Select(route => route.Tls)], [.. config.Backends.Select(backend => backend.Tls)]);
        return config with
        {
            Routes = [.. config.Routes.Zip(terminations, (route, tls) => route.Tls == tls ? route : route with { Tls = tls })],
            Backends = [.. config.Backends.Zip(originations, (backend, tls) => backend.Tls == tls ? backend : backend with { Tls = tls })],
        };
    }
}
