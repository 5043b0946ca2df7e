using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SniForward.Startup.Demo;

/// <summary>A little web server on loopback that answers every request, over HTTP or TLS, with its name.</summary>
internal sealed class DemoServer : IDisposable
{
    private const byte TlsHandshake = 0x16;

    private readonly Socket _listener;
    private readonly X509Certificate2 _certificate;
    private readonly string _name;

    private DemoServer(string name)
    {
        _name = name;
        _certificate = SelfSigned(name.Replace(' ', '-'));
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Address = _listener.LocalEndPoint ?? throw new InvalidOperationException("A bound socket has an address.");
    }

    public EndPoint Address { get; }

    public static DemoServer Start(string name)
    {
        var server = new DemoServer(name);
        _ = server.AcceptAsync();
        return server;
    }

    public void Dispose()
    {
        _listener.Dispose();
        _certificate.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = AnswerAsync(await _listener.AcceptAsync().ConfigureAwait(false));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed: the demo is over.
        }
    }

    private async Task AnswerAsync(Socket client)
    {
        try
        {
            using var plain = new NetworkStream(client, ownsSocket: true);
            var first = new byte[1];
            if (await client.ReceiveAsync(first, SocketFlags.Peek).ConfigureAwait(false) == 0) return;
            if (first[0] != TlsHandshake)
            {
                await AnswerAsync(plain, "HTTP").ConfigureAwait(false);
                return;
            }
            var tls = new SslStream(plain);
            await using (tls.ConfigureAwait(false))
            {
                await tls.AuthenticateAsServerAsync(_certificate).ConfigureAwait(false);
                await AnswerAsync(tls, $"{tls.SslProtocol}, decrypted only here").ConfigureAwait(false);
                await tls.ShutdownAsync().ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or System.Security.Authentication.AuthenticationException)
        {
            // The client went away, or did not like the certificate.
        }
    }

    private async Task AnswerAsync(Stream stream, string how)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { Length: > 0 })
        {
            // The head ends at an empty line; what it asks for does not matter.
        }
        var body = $"Hello from the server for {_name} ({how}).\n";
        var answer = $"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer)).ConfigureAwait(false);
        await stream.FlushAsync().ConfigureAwait(false);
    }

    private static X509Certificate2 SelfSigned(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
    }
}
