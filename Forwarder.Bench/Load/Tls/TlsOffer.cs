namespace SniForward.Bench.Load.Tls;

/// <summary>What the clients of a measurement offer.</summary>
/// <param name="Version">The only version: "1.2" or "1.3".</param>
/// <param name="Key">The kind of certificate that they can check: "ECDSA" or "RSA".</param>
/// <param name="Resumes">Whether each connection but the first of a client offers the session of the one before.</param>
internal sealed record TlsOffer(string Version, string Key, bool Resumes = false);
