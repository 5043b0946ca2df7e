using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Text;

namespace SniForward.Startup.Configuration;

/// <summary>
/// Turns TOML into nodes. Tomlyn's pull parser gives the events (its syntax tree costs twenty times the time and
/// memory, which a million routes feel); that no key is set twice is checked here, for the pull parser does not.
/// </summary>
internal sealed class ConfigDocument
{
    private readonly string _text;
    private readonly ConfigErrors _errors;
    private readonly TomlParser _parser;
    private readonly ConfigHeaders _headers;
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _keys =
        new HashSet<string>().GetAlternateLookup<ReadOnlySpan<char>>();

    private ConfigDocument(string text, ConfigErrors errors)
    {
        _text = text;
        _errors = errors;
        _parser = TomlParser.Create(text, new TomlParserOptions { Mode = TomlParserMode.Tolerant });
        _headers = new ConfigHeaders(text);
    }

    /// <summary>The document, with the first of what was set twice; null if it is not TOML.</summary>
    public static ConfigTable? Parse(string text, ConfigErrors errors)
    {
        // With its mark removed, the parser's offsets are those of the text.
        text = text.TrimStart('\uFEFF');
        var document = new ConfigDocument(text, errors);
        var root = new ConfigTable(TableOrigin.Header, 1, 1);
        try
        {
            while (document.Next())
            {
                if (document._parser.Current.Kind == TomlParseEventKind.StartTable)
                    document.ReadTable(root, inline: false);
            }
        }
        catch (Exception e) when (ConfigSyntax.IsThrown(e))
        {
            var at = document._parser.Current;
            errors.Add(Math.Max(1, at.Line), Math.Max(1, at.Column), e is TomlException
                ? "the tables or arrays from here on are nested too deep"
                : "what follows is not TOML; is a string left open?");
            return null;
        }

        if (!document._parser.HasErrors)
            return root;

        ConfigSyntax.AddErrors(text, document._parser.Diagnostics, errors);
        return null;
    }

    /// <summary>False at the end and at a syntax error, at which the parser only closes what is open.</summary>
    private bool Next() => _parser.MoveNext() && !_parser.HasErrors;

    /// <summary>From the event after StartTable up to EndTable.</summary>
    private void ReadTable(ConfigTable table, bool inline)
    {
        while (Next() && _parser.Current.Kind == TomlParseEventKind.PropertyName)
            ReadEntry(table, inline);
    }

    private void ReadEntry(ConfigTable table, bool inline)
    {
        var name = _parser.Current;
        if (name.Span is not { } span)
            return;

        string key = Key(span);
        bool header = !inline && IsInHeader(table, span);
        bool endsHeader = header && _text.AsSpan(span.Offset + span.Length).TrimStart(" \t").StartsWith(']');
        if (!inline)
            _headers.MoveTo(span.Offset + span.Length, name.Line);
        if (!Next())
            return;

        // An opening event without a span stands for a header or a dotted key.
        bool written = _parser.Current.Span is not null;
        switch (_parser.Current.Kind)
        {
            case TomlParseEventKind.StartTable when !written:
                var origin = endsHeader ? TableOrigin.Header : header ? TableOrigin.Parent : TableOrigin.Dotted;
                ReadTable(Open(table, key, origin, name), inline);
                break;
            case TomlParseEventKind.StartArray when !written:
                ReadHeaders(OpenArray(table, key, name), name);
                break;
            default:
                Set(table, key, name, ReadValue());
                if (!inline && _parser.Current.Span is { } end)
                    MoveToEnd(end);
                break;
        }
    }

    private ConfigNode ReadValue()
    {
        var start = _parser.Current;
        switch (start.Kind)
        {
            case TomlParseEventKind.StartTable:
                var table = new ConfigTable(TableOrigin.Inline, start.Line, start.Column);
                ReadTable(table, inline: true);
                return table;
            case TomlParseEventKind.StartArray:
                var array = new ConfigArray(ofHeaders: false, start.Line, start.Column);
                while (Next() && _parser.Current.Kind != TomlParseEventKind.EndArray)
                    array.Items.Add(ReadValue());
                return array;
            default:
                return new ConfigScalar(ReadScalar(start), start.Line, start.Column);
        }
    }

    private object? ReadScalar(in TomlParseEvent scalar) => scalar.Kind switch
    {
        TomlParseEventKind.String => _parser.GetString(),
        TomlParseEventKind.Integer => scalar.GetInt64(),
        TomlParseEventKind.Float => scalar.GetDouble(),
        TomlParseEventKind.Boolean => scalar.GetBoolean(),
        _ => null,
    };

    /// <summary>The tables of consecutive <c>[[headers]]</c>, of which only the first comes with its name.</summary>
    private void ReadHeaders(ConfigArray array, TomlParseEvent name)
    {
        bool named = true;
        while (Next() && _parser.Current.Kind == TomlParseEventKind.StartTable)
        {
            var (line, column) = named ? (name.Line, name.Column) : NextArrayHeader();
            var table = new ConfigTable(TableOrigin.Header, line, column);
            array.Items.Add(table);
            ReadTable(table, inline: false);
            named = false;
        }
    }

    private void Set(ConfigTable table, string key, in TomlParseEvent name, ConfigNode value)
    {
        if (table.Find(key) is { } first)
            _errors.Add(name.Line, name.Column, $"\"{key}\" is already set at line {first.Line}");
        else
            table.Add(new(key, name.Line, name.Column, value));
    }

    /// <summary>The table of that name, new or opened again; one that nobody sees if that is not allowed.</summary>
    private ConfigTable Open(ConfigTable parent, string key, TableOrigin origin, in TomlParseEvent name)
    {
        var table = new ConfigTable(origin, name.Line, name.Column);
        if (parent.Find(key) is not { } first)
        {
            parent.Add(new(key, name.Line, name.Column, table));
            return table;
        }

        if (origin == TableOrigin.Parent && first.Value is ConfigArray { OfHeaders: true, Items: [.., ConfigTable last] })
            return last;

        if (first.Value is ConfigTable open && open.MayOpenAgain(origin))
        {
            if (origin == TableOrigin.Header)
                open.DefineAt(name.Line);
            return open;
        }

        _errors.Add(name.Line, name.Column, $"\"{key}\" is already set at line {first.Line}");
        return table;
    }

    private ConfigArray OpenArray(ConfigTable parent, string key, in TomlParseEvent name)
    {
        var first = parent.Find(key);
        if (first is { Value: ConfigArray { OfHeaders: true } open })
            return open;

        var array = new ConfigArray(ofHeaders: true, name.Line, name.Column);
        if (first is null)
            parent.Add(new(key, name.Line, name.Column, array));
        else
            _errors.Add(name.Line, name.Column, $"\"{key}\" is already set at line {first.Value.Line}");
        return array;
    }

    /// <summary>Each spelling is kept once: a million routes share their keys.</summary>
    private string Key(TomlSourceSpan span)
    {
        var written = _text.AsSpan(span.Offset, span.Length);
        if (written is ['"' or '\'', ..])
            return _parser.GetPropertyName();

        _keys.Add(written);
        return _keys.TryGetValue(written, out string? key) ? key : written.ToString();
    }

    /// <summary>Whether a name stands in a header; a header that was passed before a plain key is that of its table.</summary>
    private bool IsInHeader(ConfigTable table, TomlSourceSpan span)
    {
        bool passed = false;
        while (_headers.FindNext(span.Offset))
            passed = true;

        if (_headers.Line == span.Start.Line + 1)
            return true;
        if (passed && !table.MayOpenAgain(TableOrigin.Header))
            _errors.Add(_headers.Line, _headers.Column, $"this table is already defined at line {table.DefinedAt}");
        else if (passed)
            table.DefineAt(_headers.Line);
        return false;
    }

    private (int Line, int Column) NextArrayHeader()
    {
        // A repeated header that is not of an array may stand before it.
        while (_headers.FindNext(_text.Length) && !_headers.IsArray)
            continue;

        return (_headers.Line, _headers.Column);
    }

    /// <summary>Behind a scalar; or, for the end of an array or a table, up to the token after it, whose span that is.</summary>
    private void MoveToEnd(TomlSourceSpan span)
    {
        if (_parser.Current.Kind is TomlParseEventKind.EndArray or TomlParseEventKind.EndTable)
            _headers.MoveTo(span.Offset, span.Start.Line + 1);
        else
            _headers.MoveTo(span.Offset + span.Length, span.End.Line + 1);
    }
}
