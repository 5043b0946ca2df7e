using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using SniForward.Peeking;
using SniForward.Routing;
using SniForward.Startup.Configuration;
using SniForward.Telemetry;

namespace SniForward.Startup;

/// <summary><c>sniforward peek</c>: says what a recorded first flight contains, and which route it takes.</summary>
internal static class PeekCommand
{
    private const Protocols All = Protocols.Tls | Protocols.Http | Protocols.H2c | Protocols.Ssh | Protocols.Postgres;
    private const int MaxBytes = 64 * 1024;
    private const int LabelWidth = 22;

    /// <param name="configFile">The configuration whose routes are asked, if it is there.</param>
    /// <param name="file">What a client sent, from its first byte; "-": the standard input.</param>
    /// <param name="client">The client's address; null: that of the PROXY header, if there is one.</param>
    public static async Task<int> RunAsync(string configFile, string file, IPAddress? client)
    {
        byte[] bytes;
        try
        {
            bytes = await ReadAsync(file).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"sniforward peek: {file} cannot be read: {e.Message}").ConfigureAwait(false);
            return ExitCode.Invalid;
        }

        var input = PipeReader.Create(new ReadOnlySequence<byte>(bytes));
        var peek = new Peek(PeekBudget.Unlimited);
        Say("received", $"{bytes.Length} bytes");
        if (await peek.ReadProxyHeaderAsync(input, MaxBytes).ConfigureAwait(false) is var header and not (PeekAnswer.NotMine or PeekAnswer.Ended))
        {
            SayProxyHeader(header, peek);
            if (header is not PeekAnswer.Found) return ExitCode.Ok;
            client ??= (peek.Proxy.Source as IPEndPoint)?.Address;
        }

        var answer = await peek.RunAsync(input, All, MaxBytes).ConfigureAwait(false);
        var isPostgres = answer is PeekAnswer.AwaitsAnswer;
        while (answer is PeekAnswer.AwaitsAnswer)
        {
            Say("PostgreSQL", peek.Result.Postgres is PostgresRequest.Tls ? "it asks for TLS" : "it asks for GSS encryption, and is told no");
            answer = await peek.RunAsync(input, All, MaxBytes).ConfigureAwait(false);
        }
        SayFindings(answer, peek.Result);
        if (peek.Result.Protocol is Protocols.Tls && input.TryRead(out var read))
        {
            foreach (var (label, value) in ClientHelloReport.Of(read.Buffer)) Say(label, value);
        }
        return SayRoutes(configFile, answer, peek, isPostgres, client);
    }

    private static async Task<byte[]> ReadAsync(string file)
    {
        if (file != "-") return await File.ReadAllBytesAsync(file).ConfigureAwait(false);
        using var all = new MemoryStream();
        var input = Console.OpenStandardInput();
        await using (input.ConfigureAwait(false)) await input.CopyToAsync(all).ConfigureAwait(false);
        return all.ToArray();
    }

    private static void SayProxyHeader(PeekAnswer answer, Peek peek) => Say("PROXY header", answer switch
    {
        PeekAnswer.Found when peek.Proxy.Source is null => $"{peek.Proxy.Length} bytes, without addresses",
        PeekAnswer.Found => $"{peek.Proxy.Length} bytes, from {peek.Proxy.Source} to {peek.Proxy.Destination}",
        _ => $"refused: {Why(answer, peek.Result.Reason)}",
    });

    private static void SayFindings(PeekAnswer answer, in PeekResult result)
    {
        Say("protocol", result.Protocol is Protocols.None ? "none that is known" : result.Protocol.Name());
        switch (answer)
        {
            case PeekAnswer.Found:
                Say("name", Printable.Bytes(result.Name));
                break;
            case PeekAnswer.NoName:
                Say("name", "none");
                break;
            case PeekAnswer.NotMine:
                break;
            default:
                Say("refused", Why(answer, result.Reason));
                break;
        }
        if (!result.Alpn.IsEmpty) Say("ALPN", Printable.Alpn(result.Alpn));
        if (result.StreamId > 0) Say("stream", $"{result.StreamId}");
    }

    private static int SayRoutes(string configFile, PeekAnswer answer, Peek peek, bool isPostgres, IPAddress? client)
    {
        if (answer is not (PeekAnswer.Found or PeekAnswer.NoName or PeekAnswer.NotMine)) return ExitCode.Ok;
        if (!File.Exists(configFile))
        {
            Say("route", $"not looked for: there is no {configFile}; name one with --config FILE");
            return ExitCode.Ok;
        }
        var read = ConfigReader.ReadFile(configFile);
        if (read.Config is not { } config) return CheckCommand.Report(read);

        ref readonly var hello = ref peek.Result;
        Span<char> name = stackalloc char[HostName.MaxLength];
        var (kind, length) = (HostNameKind.None, 0);
        if (answer is PeekAnswer.Found) kind = HostName.Normalize(hello.Name, hello.Protocol is Protocols.Tls ? HostNameSource.Sni : HostNameSource.Host, name, out length);
        if (kind is HostNameKind.Malformed)
        {
            Say("refused", "the name is no host name");
            return ExitCode.Ok;
        }

        var protocol = hello.Spoken(isPostgres);
        var table = RouteTableBuilder.Build(config);
        for (var index = 0; index < config.Listeners.Count; index++)
        {
            var listener = config.Listeners[index];
            var match = table.Match(new RouteQuery
            {
                Name = name[..length],
                IsAddress = kind is HostNameKind.Address,
                Protocol = (int)protocol,
                Alpn = hello.Alpn,
                Listener = index,
                Client = client,
            });
            var isAccepted = (listener.Protocols & (Protocols.Any | protocol)) != 0;
            Say(listener.Name, isAccepted ? RouteExplanation.Of(configFile, config, protocol, match) : $"does not accept {(protocol is Protocols.None ? "it" : protocol.Name())}");
        }
        return ExitCode.Ok;
    }

    private static string Why(PeekAnswer answer, string? reason) => answer switch
    {
        PeekAnswer.Malformed => reason ?? "it is malformed",
        PeekAnswer.Ended => "it ends before it is whole",
        PeekAnswer.TooLarge => $"it is larger than {MaxBytes} bytes",
        _ => $"{answer}",
    };

    private static void Say(string label, string value) => Console.WriteLine($"{label.PadRight(LabelWidth)}{value}");
}
