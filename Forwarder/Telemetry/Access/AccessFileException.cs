namespace SniForward.Telemetry.Access;

/// <summary>The access log's file cannot be opened. The message is one line that says which, why, and what to do.</summary>
internal sealed class AccessFileException(string path, Exception cause) : Exception($"the access log {path} cannot be opened: {Why(path, cause)}", cause)
{
    private static string Why(string path, Exception cause) => cause switch
    {
        _ when Directory.Exists(path) => "it is a directory; name a file in it",
        DirectoryNotFoundException => "its folder does not exist; make it, or name another",
        UnauthorizedAccessException => "permission denied; let the user that runs sniforward write there",
        _ => cause.Message,
    };
}
