using System.Net;
using System.Text.Json;
using SniForward.Startup.Configuration;

namespace SniForward.Startup.Status;

/// <summary>The admin listener that a command asks.</summary>
/// <param name="Address">An IP or a unix endpoint.</param>
/// <param name="Token">What it asks for; null: nothing.</param>
internal sealed record AdminTarget(EndPoint Address, string? Token)
{
    /// <summary>Where a token is looked for that the configuration does not tell.</summary>
    public const string TokenVariable = "SNIFORWARD_ADMIN_TOKEN";

    public AdminClient Connect() => new(Address, Token);

    /// <summary>Finds it; null, with the reasons on the standard error, if it cannot be.</summary>
    /// <param name="configFile">Whose <c>[admin]</c> tells it.</param>
    /// <param name="address">In its place; null: that of the configuration.</param>
    public static AdminTarget? Find(string configFile, EndPoint? address)
    {
        var token = Environment.GetEnvironmentVariable(TokenVariable);
        if (address is not null) return new AdminTarget(address, token);

        var read = ConfigReader.ReadFile(configFile);
        if (read.Config is not { } config)
        {
            CheckCommand.Report(read);
            return null;
        }
        if (config.Admin is { } admin) return new AdminTarget(admin.Bind, token ?? admin.Token);
        Console.Error.WriteLine($"{configFile}: there is no [admin]; add bind = \"127.0.0.1:9900\" to one and start anew, or name the address with --admin");
        return null;
    }

    /// <summary>Whether <paramref name="e"/> means that it cannot be asked.</summary>
    public static bool IsFailure(Exception e) => e is HttpRequestException or TaskCanceledException or JsonException;

    /// <summary>What happened, and what to do.</summary>
    public string Explain(Exception e) => e switch
    {
        HttpRequestException { StatusCode: HttpStatusCode.Unauthorized } => $"{Address} asks for another token: set {TokenVariable}",
        HttpRequestException { StatusCode: HttpStatusCode.Forbidden } => $"{Address} lets nobody change anything without a token: add token_file = \"admin.token\" to [admin], or send the process SIGHUP",
        HttpRequestException { StatusCode: { } status } => $"{Address} answers {(int)status}: is that a SniForward of this version?",
        TaskCanceledException => $"{Address} does not answer",
        JsonException => $"{Address} answers something else: is that a SniForward of this version?",
        _ => $"{Address} cannot be reached: {e.InnerException?.Message ?? e.Message}; does it run?",
    };
}
