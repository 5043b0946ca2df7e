namespace SniForward.Startup.Configuration;

/// <summary>Collects the errors of one file, so that a bad key does not hide the next one.</summary>
internal sealed class ConfigErrors(string file)
{
    private readonly List<ConfigError> _errors = [];

    public int Count => _errors.Count;

    public void Add(int line, int column, string message) => _errors.Add(new(file, line, column, message));

    public void Add(ConfigNode at, string message) => Add(at.Line, at.Column, message);

    /// <summary>In the order of the file; errors of one place keep the order in which they were found.</summary>
    public IReadOnlyList<ConfigError> InOrder() => [.. _errors.OrderBy(e => e.Line).ThenBy(e => e.Column)];
}
