using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using SniForward.Selecting.Names;
using SniForward.Transport;

namespace SniForward.Selecting.Health;

/// <summary>
/// Checks one server once: connects, and over that begins TLS, asks by HTTP, or both. Each time by a connection of its
/// own, which takes no part in the engines' work.
/// </summary>
/// <param name="check">What is asked of the server.</param>
/// <param name="server">An <see cref="IPEndPoint"/>, a <see cref="DnsEndPoint"/> or a unix socket's.</param>
/// <param name="addresses">Those of its name; null if <paramref name="server"/> is an address already.</param>
/// <param name="proxy">The PROXY header that it expects.</param>
/// <param name="time">The clock of the deadline.</param>
internal sealed class HealthProbe(HealthCheck check, EndPoint server, ResolvedName? addresses, ProxyVersion proxy, TimeProvider time)
{
    /// <summary>Checks, within the time that a check may take. Never throws, even if it is stopped.</summary>
    public async Task<CheckResult> RunAsync(CancellationToken stop)
    {
        using var deadline = new CancellationTokenSource(check.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
        var step = "connect";
        Stream? stream = null;
        try
        {
            EndPoint[] all = addresses is null ? [server] : await addresses.AddressesAsync(check.Timeout).ConfigureAwait(false);
            if (all.Length == 0) return new CheckResult(IsServers: true, "connect: its name has no address");
            stream = new NetworkStream(await ConnectAsync(all, either.Token).ConfigureAwait(false), ownsSocket: true);
            if (!check.Tls && check.Path is null) return Passed;
            if (proxy != ProxyVersion.Off) await stream.WriteAsync(ProxyHeaderWriter.Local(proxy).ToArray(), either.Token).ConfigureAwait(false);
            if (check.Tls)
            {
                step = "TLS";
                var tls = new SslStream(stream);
                stream = tls;
                await tls.AuthenticateAsClientAsync(TlsOptions(), either.Token).ConfigureAwait(false);
            }
            step = "HTTP";
            return check.Path is null ? Passed : await AskAsync(stream, check.Path, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return new CheckResult(IsServers: true, $"timeout after {check.Timeout.TotalSeconds:0.###}s");
        }
#pragma warning disable CA1031 // Whatever the server does to make it fail, the next check must come.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new CheckResult(e is not SocketException { SocketErrorCode: var error } || IsServers(error), $"{step}: {Reason(e)}");
        }
        finally
        {
            if (stream is not null) await stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static CheckResult Passed => new(IsServers: true, null);

    /// <summary>The first of the server's addresses that takes a connection. Each may use an equal share of the time.</summary>
    private async Task<Socket> ConnectAsync(EndPoint[] all, CancellationToken cancel)
    {
        SocketException? failure = null;
        foreach (var (i, address) in all.Index())
        {
            using var share = new CancellationTokenSource(i < all.Length - 1 ? check.Timeout / all.Length : Timeout.InfiniteTimeSpan, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(share.Token, cancel);
            Socket? socket = null;
            try
            {
                socket = new Socket(address.AddressFamily, SocketType.Stream, address is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
                await socket.ConnectAsync(address, either.Token).ConfigureAwait(false);
                return socket;
            }
            catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
            {
                socket?.Dispose();
                // A fault of the server's tells more than that this machine has no IPv6.
                if (failure is null || !IsServers(failure.SocketErrorCode)) failure = e as SocketException ?? new SocketException((int)SocketError.TimedOut);
            }
            catch
            {
                socket?.Dispose();
                throw;
            }
        }
        // They may be of yesterday.
        _ = addresses?.AskAgain();
        throw failure!;
    }

    private SslClientAuthenticationOptions TlsOptions() => new()
    {
        // No name is sent for an IP address (RFC 6066 §3).
        TargetHost = check.Host ?? (server as DnsEndPoint)?.Host ?? "",
        ApplicationProtocols = check.Path is null ? null : [SslApplicationProtocol.Http11],
#pragma warning disable CA5359 // Whether a server is alive is asked, not whether clients will believe it.
        RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
        // Nor does an address in its certificate make this process ask there.
        CertificateChainPolicy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck },
    };

    /// <summary>Asks, and reads the head of the answer alone.</summary>
    private async Task<CheckResult> AskAsync(Stream stream, string path, CancellationToken cancel)
    {
        Stream? connection = stream;
        using var handler = new SocketsHttpHandler
        {
            // It would ask again on another connection if this one ended without an answer.
            ConnectCallback = (_, _) => Interlocked.Exchange(ref connection, null) is { } only
                ? ValueTask.FromResult(only)
                : throw new HttpIOException(HttpRequestError.ResponseEnded),
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            MaxResponseDrainSize = 0,
        };
        using var client = new HttpMessageInvoker(handler, disposeHandler: false);
        // As it was written: where it goes is settled already, and so is whether by TLS.
        var target = new Uri("http://localhost" + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(HttpMethod.Get, target);
        request.Headers.Host = check.Host ?? HostOf(server);
        request.Headers.ConnectionClose = true;
        using var answer = await client.SendAsync(request, cancel).ConfigureAwait(false);
        var status = (int)answer.StatusCode;
        return check.Statuses.Contains(status)
            ? Passed
            : new CheckResult(IsServers: true, $"HTTP: status {status}, not {string.Join(" or ", check.Statuses)}");
    }

    private static string HostOf(EndPoint server) => server switch
    {
        DnsEndPoint name => $"{name.Host}:{name.Port}",
        // Without its zone, which is nobody else's business.
        IPEndPoint ip => new IPEndPoint(new IPAddress(ip.Address.GetAddressBytes()), ip.Port).ToString(),
        _ => "localhost",
    };

    /// <summary>Whether a failure is the server's. That there is no file at a unix socket's path is told like a lack of ports.</summary>
    private bool IsServers(SocketError error) =>
        (error == SocketError.AddressNotAvailable && server is UnixDomainSocketEndPoint) || Attempt.Of(new SocketResult(null, error)).IsServers;

    /// <summary>Nothing that the server wrote: it is for a log.</summary>
    private static string Reason(Exception e) => (e, e.GetBaseException()) switch
    {
        (_, SocketException socket) => socket.SocketErrorCode.ToString(),
        (_, HttpIOException http) => http.HttpRequestError.ToString(),
        (HttpRequestException { HttpRequestError: not HttpRequestError.Unknown and var error }, _) => error.ToString(),
        (HttpRequestException, _) => "the answer is not HTTP",
        (_, var cause) => cause.Message,
    };
}
