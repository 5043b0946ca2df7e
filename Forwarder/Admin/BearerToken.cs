using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace SniForward.Admin;

/// <summary>What a request must show to be answered (RFC 6750 §2.1). Only its digest is kept.</summary>
/// <param name="token">As <c>Authorization: Bearer</c> has it.</param>
internal sealed class BearerToken(string token)
{
    private const string Scheme = "Bearer ";

    private readonly byte[] _digest = Digest(token);

    /// <summary>Whether a request with these <c>Authorization</c> fields has the token. How long that takes tells nothing of it.</summary>
    public bool Admits(StringValues authorization) =>
        authorization is [{ } field]
        && field.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(Digest(field.AsSpan(Scheme.Length).Trim(' ').ToString()), _digest);

    private static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
