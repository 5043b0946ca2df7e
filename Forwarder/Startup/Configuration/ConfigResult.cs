using SniForward.Securing;

namespace SniForward.Startup.Configuration;

/// <summary>A configuration, or every reason why there is none.</summary>
/// <param name="Config">Null if, and only if, there are errors.</param>
/// <param name="Errors">In the order of the file.</param>
internal sealed record ConfigResult(ForwarderConfig? Config, IReadOnlyList<ConfigError> Errors)
{
    /// <summary>What is no error, but somebody should see to; in the order of the file.</summary>
    public IReadOnlyList<ConfigError> Warnings { get; init; } = [];

    /// <summary>The file's, before it was read.</summary>
    public FileStamp Stamp { get; init; }
}
