using System.Net;
using DnsClient;
using DnsClient.Protocol;
using SniForward.Routing;

namespace SniForward.Selecting.Names;

/// <summary>
/// Asks DNS servers for SRV records (RFC 2782), which the system's resolver does not know: by UDP, and by TCP if the answer
/// is too long for that.
/// </summary>
/// <param name="servers">Those that are asked, one after the other; empty: those of the system.</param>
internal sealed class ServiceLookup(IReadOnlyList<IPEndPoint> servers)
{
    private const string NotAvailable = ".";

    /// <summary>How long each server may take each time.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <summary>How often each server is asked again when it does not answer.</summary>
    private const int Retries = 2;

    /// <summary>The largest answer by UDP that no network breaks up (DNS Flag Day 2020), in bytes.</summary>
    private const int DatagramBytes = 1232;

    // Made when first asked, for who has no services needs no DNS server; and anew if that fails, for the system may have none yet.
    private readonly Lazy<LookupClient> _client = new(() => NewClient(servers), LazyThreadSafetyMode.PublicationOnly);

    /// <summary>The records of <paramref name="name"/>. Never throws but when it is cancelled.</summary>
    public async Task<ServiceAnswer> AskAsync(string name, CancellationToken cancel)
    {
        try
        {
            var response = await _client.Value.QueryAsync(name, QueryType.SRV, cancellationToken: cancel).ConfigureAwait(false);
            return response.HasError ? ServiceAnswer.Failed(response.ErrorMessage) : AnswerOf(response.Answers);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            // Whatever the client makes of what it was sent, it is asked again.
            return ServiceAnswer.Failed(e.Message);
        }
    }

    private static ServiceAnswer AnswerOf(IReadOnlyList<DnsResourceRecord> answers)
    {
        SrvRecord[] all = [.. answers.OfType<SrvRecord>()];
        if (all.Length == 0) return ServiceAnswer.Failed("it has no SRV record");

        ServiceRecord[] good = [.. all.SelectMany(RecordsOf)];
        return good.Length > 0 || all.All(record => record.Target.Value == NotAvailable)
            ? new ServiceAnswer(good, TimeSpan.FromSeconds(answers.Min(record => record.InitialTimeToLive)))
            : ServiceAnswer.Failed("none of its SRV records has a host name and a port");
    }

    private static IEnumerable<ServiceRecord> RecordsOf(SrvRecord record) =>
        record.Port > 0 && HostName.TryNormalize(record.Target.Value, out var target)
            ? [new ServiceRecord(target, record.Port, record.Priority, record.Weight)]
            : [];

    private static LookupClient NewClient(IReadOnlyList<IPEndPoint> servers)
    {
        var options = servers.Count > 0 ? new LookupClientOptions([.. servers]) { AutoResolveNameServers = false } : new LookupClientOptions();
        options.UseRandomNameServer = false;
        options.UseCache = false;
        options.Timeout = Timeout;
        options.Retries = Retries;
        options.ExtendedDnsBufferSize = DatagramBytes;
        return new LookupClient(options);
    }
}
