namespace SniForward.Startup.Configuration;

/// <summary>Collects the errors of one file, so that a bad key does not hide the next one.</summary>
internal sealed class ConfigErrors(string file)
{
    private readonly List<ConfigError> _errors = [];
    private readonly List<ConfigError> _warnings = [];

    /// <summary>Where the relative paths in the file start; empty: the working directory.</summary>
    public string Folder { get; } = Path.GetDirectoryName(file) ?? "";

    public int Count => _errors.Count;

    public void Add(int line, int column, string message) => _errors.Add(new(file, line, column, message));

    public void Add(ConfigNode at, string message) => Add(at.Line, at.Column, message);

    /// <summary>Adds what is no error, but somebody should see to.</summary>
    public void Warn(ConfigNode at, string message) => _warnings.Add(new(file, at.Line, at.Column, message, IsWarning: true));

    /// <summary>In the order of the file; errors of one place keep the order in which they were found.</summary>
    public IReadOnlyList<ConfigError> InOrder() => InOrder(_errors);

    /// <summary>As <see cref="InOrder()"/>.</summary>
    public IReadOnlyList<ConfigError> WarningsInOrder() => InOrder(_warnings);

    private static ConfigError[] InOrder(List<ConfigError> errors) => [.. errors.OrderBy(e => e.Line).ThenBy(e => e.Column)];
}
