using System.Net;
using System.Text;
using SniForward.Peeking;
using SniForward.Routing;
using SniForward.Startup.Configuration;

namespace SniForward.Startup;

/// <summary><c>sniforward route</c>: says which route a name would take on each listener, and why.</summary>
internal static class RouteCommand
{
    /// <param name="configFile">The configuration to ask.</param>
    /// <param name="name">A host name or an IP literal, as a client would send it; empty if it sends none.</param>
    /// <param name="protocol">What the client speaks.</param>
    /// <param name="alpn">The protocol names that the client offers.</param>
    /// <param name="listener">The name of the only listener to answer for; null: all.</param>
    /// <param name="client">The client's address; null: not known, and routes for certain clients do not match.</param>
    public static int Run(string configFile, string name, Protocols protocol, string[] alpn, string? listener, IPAddress? client)
    {
        var read = ConfigReader.ReadFile(configFile);
        if (read.Config is not { } config) return CheckCommand.Report(read);

        Span<char> buffer = stackalloc char[HostName.MaxLength];
        var kind = HostName.Normalize(Encoding.UTF8.GetBytes(name), HostNameSource.Host, buffer, out var length);
        if (kind is HostNameKind.Malformed) return Fail($"\"{name}\" is no host name");
        if (listener is not null && config.Listeners.All(known => known.Name != listener))
            return Fail($"there is no listener \"{listener}\"; there are: {string.Join(", ", config.Listeners.Select(known => known.Name))}");
        if (alpn.Any(protocol => protocol.Length is 0 or > 255)) return Fail("an ALPN name has 1 to 255 bytes");

        var table = RouteTableBuilder.Build(config);
        var offered = alpn.SelectMany(protocol => Encoding.UTF8.GetBytes(protocol).Prepend((byte)Encoding.UTF8.GetByteCount(protocol))).ToArray();
        for (var index = 0; index < config.Listeners.Count; index++)
        {
            if (listener is not null && config.Listeners[index].Name != listener) continue;
            var match = table.Match(new RouteQuery
            {
                Name = buffer[..length],
                IsAddress = kind == HostNameKind.Address,
                Protocol = (int)protocol,
                Alpn = offered,
                Listener = index,
                Client = client,
            });
            var what = length > 0 ? buffer[..length].ToString() : $"{protocol.Name()} without a name";
            Console.WriteLine($"{config.Listeners[index].Name}: {what} {RouteExplanation.Of(configFile, config, protocol, match)}");
        }
        return ExitCode.Ok;
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine($"sniforward route: {message}");
        return ExitCode.Invalid;
    }
}
