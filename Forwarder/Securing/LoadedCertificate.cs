namespace SniForward.Securing;

/// <summary>A certificate, and what its files were when it was loaded.</summary>
/// <param name="Source">Its files.</param>
/// <param name="Stamp">As they were.</param>
/// <param name="Certificate">What was in them.</param>
internal sealed record LoadedCertificate(
    CertificateSource Source, (FileStamp Certificate, FileStamp Key, FileStamp Password) Stamp, ServerCertificate Certificate);
