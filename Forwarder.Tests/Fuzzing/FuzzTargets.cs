using System.Buffers;
using System.Text;
using SniForward.Peeking;
using SniForward.Routing;
using SniForward.Tests.Peeking;

namespace SniForward.Tests.Fuzzing;

/// <summary>Every parser of bytes that strangers send.</summary>
internal static class FuzzTargets
{
    private const int MaxBytes = 2048;

    public static readonly FuzzTarget[] All =
    [
        new("tls", RunHello, (input, outcome) => outcome == OfOracle(HelloOracle.Read(input, MaxBytes))),
        new("ja4", RunJa4, (input, outcome) => outcome == Ja4Outcome(outcome.Answer is PeekAnswer.Found ? Ja4Oracle.Read(input) : "")),
        new("http", RunHead, (input, outcome) => outcome == OfOracle(HeadOracle.Read(input, MaxBytes))),
        new("http2", RunPreface, (input, outcome) => outcome == OfOracle(Http2Oracle.Read(input, MaxBytes))),
        new("proxy", RunProxy, (input, outcome) => ProxyHeaderOracle.Read(input, MaxBytes).Split(' ')[0] == outcome.Answer.ToString()),
        new("postgres", RunPostgres, null),
        new("ssh", RunBanner, null),
        new("name", RunName, null),
        .. FramingFuzz.All,
    ];

    private delegate PeekAnswer Reader<T>(ref T parser, in ReadOnlySequence<byte> received, ref PeekResult result)
        where T : struct;

    private static FuzzOutcome RunHello(in ReadOnlySequence<byte> first, in ReadOnlySequence<byte> all) => Run(
        first, all, static (ref ClientHello parser, in ReadOnlySequence<byte> received, ref PeekResult result) => parser.Read(received, MaxBytes, ref result));

    /// <summary>Found stands for a fingerprint; what comes first plays no part.</summary>
    private static FuzzOutcome RunJa4(in ReadOnlySequence<byte> first, in ReadOnlySequence<byte> all)
    {
        Span<char> fingerprint = stackalloc char[Ja4.Length];
        return Ja4Outcome(Ja4.TryWrite(all, fingerprint) ? fingerprint : "");
    }

    private static FuzzOutcome Ja4Outcome(ReadOnlySpan<char> fingerprint) =>
        new(fingerprint.IsEmpty ? PeekAnswer.NotMine : PeekAnswer.Found, string.GetHashCode(fingerprint));

    private static FuzzOutcome RunHead(in ReadOnlySequence<byte> first, in ReadOnlySequence<byte> all) => WithTarget(
        Protocols.Http, all, Run(first, all, static (ref HttpHead parser, in ReadOnlySequence<byte> received, ref PeekResult result) => parser.Read(received, MaxBytes, ref result)));

    private static FuzzOutcome RunPreface(in ReadOnlySequence<byte> first, in ReadOnlySequence<byte> all) => WithTarget(
        Protocols.H2c, all, Run(first, all, static (ref Http2Preface parser, in ReadOnlySequence<byte> received, ref PeekResult result) => parser.Read(received, MaxBytes, ref result)));

    /// <summary>What a client is sent on with must not be able to end its line, nor go on with the host that it stands behind.</summary>
    private static FuzzOutcome WithTarget(Protocols protocol, in ReadOnlySequence<byte> all, FuzzOutcome outcome)
    {
        if (outcome.Answer is not (PeekAnswer.Found or PeekAnswer.NoName)) return outcome;
        Span<byte> target = stackalloc byte[4 * MaxBytes];
        Require(RequestTarget.TryWrite(all, protocol, target, out var length), "a target that does not fit");
        Require(target[0] == '/' && !target[..length].ContainsAnyExceptInRange((byte)'!', (byte)'~'), "a target that is no path");
        return outcome;
    }

    private static FuzzOutcome RunPostgres(in ReadOnlySequence<byte> first, in ReadOnlySequence<byte> all) => Run(
        first, all, static (ref int none, in ReadOnlySequence<byte> received, ref PeekResult result) => PostgresStart.Read(received, ref result));

    private static FuzzOutcome RunBanner(in ReadOnlySequence<byte> first, in ReadOnlySequence<byte> all) => Run(
        first, all, static (ref int none, in ReadOnlySequence<byte> received, ref PeekResult result) => SshBanner.Read(received, ref result));

    private static FuzzOutcome Run<T>(in ReadOnlySequence<byte> first, in ReadOnlySequence<byte> all, Reader<T> read)
        where T : struct
    {
        var parser = default(T);
        var result = new PeekResult();
        var answer = first.IsEmpty ? PeekAnswer.NeedMore : read(ref parser, first, ref result);
        if (answer is PeekAnswer.NeedMore) answer = read(ref parser, all, ref result);

        Require(answer is not PeekAnswer.Found || !result.Name.IsEmpty, "Found without a name");
        Require(answer is PeekAnswer.Found or PeekAnswer.NeedMore || result.Name.IsEmpty, "a name without Found");
        Require((answer is PeekAnswer.Malformed) == (result.Reason is not null), "a reason without Malformed, or none with it");
        return Of(answer, answer is PeekAnswer.NeedMore ? default : result.Name);
    }

    private static FuzzOutcome RunProxy(in ReadOnlySequence<byte> first, in ReadOnlySequence<byte> all)
    {
        var result = new ProxyHeaderResult();
        var answer = first.IsEmpty ? PeekAnswer.NeedMore : ProxyHeader.Read(first, MaxBytes, ref result);
        if (answer is PeekAnswer.NeedMore) answer = ProxyHeader.Read(all, MaxBytes, ref result);

        Require((answer is PeekAnswer.Malformed) == (result.Reason is not null), "a reason without Malformed, or none with it");
        Require(answer is not PeekAnswer.Found || (result.Length > 0 && result.Length <= all.Length), "a header that is longer than what was received");
        return new FuzzOutcome(answer, answer is PeekAnswer.Found ? HashCode.Combine(result.Length, result.Family, result.Source, result.Destination) : 0);
    }

    private static FuzzOutcome RunName(in ReadOnlySequence<byte> first, in ReadOnlySequence<byte> all)
    {
        Span<byte> raw = stackalloc byte[PeekResult.MaxNameLength];
        raw = raw[..(int)Math.Min(raw.Length, all.Length)];
        all.Slice(0, raw.Length).CopyTo(raw);

        Span<char> name = stackalloc char[HostName.MaxLength], again = stackalloc char[HostName.MaxLength];
        var sni = HostName.Normalize(raw, HostNameSource.Sni, name, out var sniLength);
        Require(sni is HostNameKind.Name == sniLength > 0, "a kind that does not go with the length");
        var host = HostName.Normalize(raw, HostNameSource.Host, name, out var length);
        Require(host is HostNameKind.Name or HostNameKind.Address == length > 0, "a kind that does not go with the length");
        if (host is HostNameKind.Name)
        {
            Span<byte> bytes = stackalloc byte[HostName.MaxLength];
            Encoding.ASCII.GetBytes(name[..length], bytes);
            Require(HostName.Normalize(bytes[..length], HostNameSource.Sni, again, out var twice) is HostNameKind.Name, "a normal form that is no name");
            Require(name[..length].SequenceEqual(again[..twice]), "a normal form that has another");
        }
        return new FuzzOutcome(PeekAnswer.Found, HashCode.Combine(sni, host, string.GetHashCode(name[..length])));
    }

    private static FuzzOutcome OfOracle((PeekAnswer Answer, string Name) expected) => Of(expected.Answer, Encoding.Latin1.GetBytes(expected.Name));

    private static FuzzOutcome Of(PeekAnswer answer, ReadOnlySpan<byte> name)
    {
        var hash = new HashCode();
        hash.AddBytes(name);
        return new FuzzOutcome(answer, hash.ToHashCode());
    }

    private static void Require(bool isSo, string finding)
    {
        if (!isSo) throw new FuzzFinding(finding);
    }
}
