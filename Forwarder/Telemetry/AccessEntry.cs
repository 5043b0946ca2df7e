using System.Buffers;
using System.Net;
using System.Text;

namespace SniForward.Telemetry;

/// <summary>
/// What the access log tells of one connection, gathered along its path; and when that has ended, of the next. What differs
/// from one to the next is kept as bytes, in one array, so that in steady state nothing is allocated; what a client chose may
/// be any bytes, at most some hundred.
/// </summary>
internal sealed class AccessEntry
{
    /// <summary>What is longer is cut, so that no client can flood a log.</summary>
    private const int MostForeignBytes = 100;

    private const int MostTargetBytes = 1000;

    private byte[] _texts = new byte[128];
    private int _used;
    private Part _client, _proxy, _name, _alpn, _ja4, _subject, _method, _target;

    /// <summary>The listener's name.</summary>
    public string Listener { get; private set; } = "-";

    /// <summary>The client's address, by its PROXY header if there was one.</summary>
    public ReadOnlySpan<byte> Client => Of(_client);

    /// <summary>The address of the proxy that wrote that header; empty if there was none.</summary>
    public ReadOnlySpan<byte> Proxy => Of(_proxy);

    /// <summary>"tls", "http", "h2c", "ssh", "postgres", or "-" while it is not known.</summary>
    public string Protocol { get; set; } = "-";

    /// <summary>The name that was asked for; empty if none.</summary>
    public ReadOnlySpan<byte> Name => Of(_name);

    /// <summary>Whether the name is the outer one of an encrypted ClientHello.</summary>
    public bool EncryptedClientHello { get; set; }

    /// <summary>The ALPN names offered, with commas between; empty if none.</summary>
    public ReadOnlySpan<byte> Alpn => Of(_alpn);

    /// <summary>The JA4 fingerprint of a TLS client; empty if it is not asked for.</summary>
    public ReadOnlySpan<byte> Ja4 => Of(_ja4);

    /// <summary>The version of TLS that ends here; "-" if it does not.</summary>
    public string Tls { get; set; } = "-";

    /// <summary>The subject of the certificate that the client showed; empty if it showed none, or its TLS does not end here.</summary>
    public ReadOnlySpan<byte> Subject => Of(_subject);

    /// <summary>The pattern of the route that matched, "default", or "-".</summary>
    public string Route { get; set; } = "-";

    /// <summary>The backend's name; "-" if none was chosen.</summary>
    public string Backend { get; set; } = "-";

    /// <summary>When its first flight was decided, from the accept on; zero if there was none.</summary>
    public TimeSpan PeekTime { get; set; }

    /// <summary>When dialling began, from the accept on.</summary>
    public TimeSpan DialStarted { get; set; }

    /// <summary>The address that was dialled; null if none answered.</summary>
    public EndPoint? Server { get; private set; }

    /// <summary>How long reaching the server took.</summary>
    public TimeSpan ConnectTime { get; private set; }

    /// <summary>Whether this is of one request, and not of a whole connection.</summary>
    public bool IsRequest { get; private set; }

    /// <summary>The method of the request.</summary>
    public ReadOnlySpan<byte> Method => Of(_method);

    /// <summary>Its target.</summary>
    public ReadOnlySpan<byte> Target => Of(_target);

    /// <summary>The status of its answer; 0: there was none.</summary>
    public int Status { get; private set; }

    /// <summary>From its first byte to the head of the answer.</summary>
    public TimeSpan Wait { get; private set; }

    /// <summary>Bytes from the client that the server took.</summary>
    public long BytesUp { get; private set; }

    /// <summary>Bytes from the server that the client took.</summary>
    public long BytesDown { get; private set; }

    /// <summary>From the accept to the close, or to the last look at it.</summary>
    public TimeSpan Duration { get; private set; }

    /// <summary>Whether it has not ended yet.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Whether its line is written: of a connection that goes on after its last request there is no other.</summary>
    public bool IsWritten { get; set; }

    /// <summary>Why it ended, once it has.</summary>
    public ConnectionEnd End { get; private set; }

    /// <summary>What was wrong with a first flight that was refused; "-" otherwise.</summary>
    public string Reason { get; set; } = "-";

    /// <summary>Forgets the last connection and begins with the next.</summary>
    /// <param name="listener">The listener's name.</param>
    /// <param name="client">The client's address, as text.</param>
    public void Begin(string listener, ReadOnlySpan<byte> client)
    {
        _used = 0;
        _proxy = _ja4 = _subject = default;
        _client = Keep(client);
        (Listener, Tls, EncryptedClientHello) = (listener, "-", false);
        Forget();
    }

    /// <summary>Forgets the last request and begins with the next of the same client.</summary>
    public void BeginNext()
    {
        _used = 0;
        // In the order in which they were kept, so that none is written over before it has moved.
        if (_proxy.Length > 0) Move(ref _proxy);
        Move(ref _client);
        Move(ref _ja4);
        Move(ref _subject);
        Forget();
    }

    private void Forget()
    {
        IsWritten = false;
        _name = _alpn = _method = _target = default;
        (Server, IsOpen, IsRequest, Status) = (null, true, false, 0);
        Protocol = Route = Backend = Reason = "-";
        PeekTime = Wait = DialStarted = ConnectTime = Duration = TimeSpan.Zero;
        BytesUp = BytesDown = 0;
        End = ConnectionEnd.InternalError;
    }

    /// <summary>The other end of the socket is a proxy, and the client is <paramref name="client"/>.</summary>
    public void Proxied(EndPoint client)
    {
        Span<byte> text = stackalloc byte[AddressText.MostBytes];
        (_client, _proxy) = (Keep(text[..AddressText.Write(client, text)]), _client);
    }

    /// <summary>It asked for this name, as it was received.</summary>
    public void SetName(ReadOnlySpan<byte> received) => _name = KeepForeign(received);

    /// <summary>It asked for this name, which is a host's.</summary>
    public void SetHostName(ReadOnlySpan<char> name) => _name = KeepAscii(name);

    /// <summary>It offers these protocols, in wire form (RFC 7301 §3.1).</summary>
    public void SetAlpn(ReadOnlySpan<byte> list)
    {
        Span<byte> names = stackalloc byte[AlpnNames.MostBytes];
        _alpn = Keep(names[..AlpnNames.Join(list, names)]);
    }

    public void SetJa4(ReadOnlySpan<char> fingerprint) => _ja4 = KeepAscii(fingerprint);

    public void SetSubject(string? subject) => _subject = KeepForeign(Encoding.UTF8.GetBytes(subject ?? ""));

    /// <summary>It is the request with this method and target.</summary>
    /// <param name="method">As it was received.</param>
    /// <param name="target">Likewise.</param>
    public void SetRequest(in ReadOnlySequence<byte> method, in ReadOnlySequence<byte> target)
    {
        IsRequest = true;
        _method = KeepForeign(method, MostForeignBytes);
        _target = KeepForeign(target, MostTargetBytes);
    }

    /// <summary>It was answered by this status, so long after it began.</summary>
    public void Answered(int status, TimeSpan wait) => (Status, Wait) = (status, wait);

    /// <summary>Dialling ended, so long after the accept.</summary>
    public void Dialled(EndPoint? server, TimeSpan at) => (Server, ConnectTime) = (server, at - DialStarted);

    /// <summary>What moved each way.</summary>
    public void Count(long up, long down) => (BytesUp, BytesDown) = (up, down);

    /// <summary>It is open still, so long after the accept.</summary>
    public void Last(TimeSpan duration) => Duration = duration;

    /// <summary>It is closed.</summary>
    public void Finish(ConnectionEnd end, TimeSpan duration) => (IsOpen, End, Duration) = (false, end, duration);

    private ReadOnlySpan<byte> Of(Part part) => _texts.AsSpan(part.Start, part.Length);

    private Part KeepForeign(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= MostForeignBytes) return Keep(bytes);
        var cut = Keep(bytes[..MostForeignBytes]);
        return cut with { Length = (ushort)(cut.Length + Keep("..."u8).Length) };
    }

    private Part KeepForeign(in ReadOnlySequence<byte> bytes, int most)
    {
        var start = _used;
        foreach (var segment in bytes.Slice(0, Math.Min(bytes.Length, most))) Keep(segment.Span);
        if (bytes.Length > most) Keep("..."u8);
        return new Part((ushort)start, (ushort)(_used - start));
    }

    private void Move(ref Part part)
    {
        Of(part).CopyTo(_texts.AsSpan(_used));
        part = part with { Start = (ushort)_used };
        _used += part.Length;
    }

    private Part KeepAscii(ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[256];
        return Ascii.FromUtf16(text, bytes, out var length) == OperationStatus.Done ? Keep(bytes[..length]) : default;
    }

    private Part Keep(ReadOnlySpan<byte> bytes)
    {
        var end = _used + bytes.Length;
        if (end > _texts.Length) Array.Resize(ref _texts, Math.Max(end, 2 * _texts.Length));
        bytes.CopyTo(_texts.AsSpan(_used));
        var kept = new Part((ushort)_used, (ushort)bytes.Length);
        _used = end;
        return kept;
    }

    /// <summary>Where in the array a text is.</summary>
    private readonly record struct Part(ushort Start, ushort Length);
}
