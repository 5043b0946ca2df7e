namespace SniForward.Startup.Configuration;

/// <summary>A value of a TOML document and where it stands; small, for there may be millions.</summary>
/// <param name="line">From 1.</param>
/// <param name="column">From 1.</param>
internal abstract class ConfigNode(int line, int column)
{
    public int Line { get; } = line;

    public int Column { get; } = column;

    /// <summary>What it is, with its article, as messages name it.</summary>
    public abstract string Kind { get; }
}

/// <summary>A string, <see cref="long"/>, <see cref="double"/> or <see cref="bool"/>; null stands for a date.</summary>
internal sealed class ConfigScalar(object? value, int line, int column) : ConfigNode(line, column)
{
    public object? Value { get; } = value;

    public override string Kind => Value switch
    {
        string => "a string",
        long => "an integer",
        double => "a float",
        bool => "a boolean",
        _ => "a date",
    };
}

/// <summary>A list of values, or the tables that began with a <c>[[header]]</c> each.</summary>
internal sealed class ConfigArray(bool ofHeaders, int line, int column) : ConfigNode(line, column)
{
    public bool OfHeaders { get; } = ofHeaders;

    public List<ConfigNode> Items { get; } = new(1);

    public override string Kind => "an array";
}
