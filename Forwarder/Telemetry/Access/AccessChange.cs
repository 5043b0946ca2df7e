namespace SniForward.Telemetry.Access;

/// <summary>What the access log is to be from some moment on.</summary>
/// <param name="settings">What lines there are.</param>
/// <param name="file">Where they go, open; null: the console.</param>
internal sealed class AccessChange(AccessSettings settings, Stream? file)
{
    public AccessSettings Settings => settings;

    public Stream? File => file;

    /// <summary>Whether it has come about.</summary>
    public bool IsDone { get; set; }
}
