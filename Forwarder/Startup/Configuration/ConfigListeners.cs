using System.Net;
using SniForward.Peeking;

namespace SniForward.Startup.Configuration;

/// <summary>Reads every <c>[[listener]]</c>.</summary>
internal sealed class ConfigListeners
{
    private const string BindAdvice = "write bind = \":443\"";

    private static readonly (string, Protocols)[] ProtocolNames =
        [("tls", Protocols.Tls), ("http", Protocols.Http), ("any", Protocols.Any)];

    private readonly ConfigBackends _backends;
    private readonly bool _hasDefault;
    private readonly List<ListenerConfig> _all = [];
    private readonly Dictionary<string, int> _lineByName = [];
    private readonly Dictionary<EndPoint, int> _lineByBind = [];

    /// <summary><paramref name="hasDefault"/>: whether there is a <c>[default]</c>.</summary>
    public ConfigListeners(ConfigSection root, ConfigBackends backends, bool hasDefault)
    {
        _backends = backends;
        _hasDefault = hasDefault;
        foreach (var section in root.Tables("listener"))
            _all.Add(Read(section));

        if (!root.Has("listener"))
            root.Refuse("there is no [[listener]], so nothing would be forwarded; add one with bind = \":443\"");
    }

    public IReadOnlyList<ListenerConfig> All => _all;

    public IReadOnlyCollection<string> Names => _lineByName.Keys;

    private ListenerConfig Read(ConfigSection section)
    {
        string name = Name(section);
        var bind = Bind(section);
        bool peek = section.Boolean("peek", true);
        var protocols = Accepted(section, peek);
        string? backend = _backends.Resolve(section.String("default"));
        if (!peek && !section.Has("default") && !_hasDefault)
            section.Refuse("a listener with peek = false sends everything to its default, and there is none; write default = \"host:port\"");

        section.RefuseOtherKeys();
        return new(name, bind, protocols, peek, backend);
    }

    private string Name(ConfigSection section)
    {
        string name = $"listener-{_all.Count + 1}";
        int line = section.Line;
        if (section.String("name") is { } text)
        {
            line = text.Line;
            if (!text.TryParse<string>(ConfigValues.TryName, out _))
                return name;

            name = text.Value;
            if (_lineByName.TryGetValue(name, out int first))
                text.Refuse($"\"{name}\" is already the name of the listener at line {first}");
        }
        else if (_lineByName.TryGetValue(name, out int first))
        {
            section.Refuse($"this listener would be called \"{name}\", which is already the name of the one at line {first}; give it a name");
        }

        _lineByName.TryAdd(name, line);
        return name;
    }

    private List<EndPoint> Bind(ConfigSection section)
    {
        var bind = new List<EndPoint>();
        foreach (var text in section.RequiredStrings("bind", BindAdvice))
        {
            if (!text.TryParse<EndPoint>(ConfigAddresses.TryBind, out var address))
                continue;

            bind.Add(address);
            if (address is not IPEndPoint { Port: 0 } && !_lineByBind.TryAdd(address, text.Line))
                text.Refuse($"\"{text.Value}\" is already listened on, see line {_lineByBind[address]}");
        }

        return bind;
    }

    private static Protocols Accepted(ConfigSection section, bool peek)
    {
        var accepted = Protocols.None;
        foreach (var text in section.Strings("protocols") ?? [])
        {
            if (text.TryChoose(ProtocolNames, out var protocol))
                accepted |= protocol;
        }

        section.RefuseEmpty("protocols", "name at least one of \"tls\", \"http\" and \"any\", or leave it out");
        if (peek)
            return section.Has("protocols") ? accepted : Protocols.Tls | Protocols.Http;

        if (section.Has("protocols"))
            section.Refuse("with peek = false nothing is read, so protocols cannot be told apart; remove one of the two");
        return Protocols.Any;
    }
}
