using System.Net;
using SniForward.Peeking;

namespace SniForward.Startup.Configuration;

/// <summary>Reads every <c>[[listener]]</c>.</summary>
internal sealed class ConfigListeners
{
    private const string BindAdvice = "write bind = \":443\"";

    private const Protocols AcceptedByDefault = Protocols.Tls | Protocols.Http | Protocols.H2c;

    private readonly ConfigBackends _backends;
    private readonly TimeSpan _peekTimeout;
    private readonly bool _hasDefault;
    private readonly List<ListenerConfig> _all = [];
    private readonly Dictionary<string, int> _lineByName = [];
    private readonly Dictionary<EndPoint, int> _lineByBind = [];

    public ConfigListeners(ConfigSection root, ConfigBackends backends, TimeSpan peekTimeout)
    {
        _backends = backends;
        _peekTimeout = peekTimeout;
        _hasDefault = root.Has("default");
        foreach (var section in root.Tables("listener"))
            _all.Add(Read(section));

        if (!root.Has("listener"))
            root.Refuse("there is no [[listener]], so nothing would be forwarded; add one with bind = \":443\"");
    }

    public IReadOnlyList<ListenerConfig> All => _all;

    public IReadOnlyCollection<string> Names => _lineByName.Keys;

    /// <summary>The line of the listener that is bound there; null if none is.</summary>
    public int? LineOf(EndPoint bind) => _lineByBind.TryGetValue(bind, out int line) ? line : null;

    private ListenerConfig Read(ConfigSection section)
    {
        string name = Name(section);
        var bind = Bind(section);
        bool peek = section.Boolean("peek", true);
        var protocols = Accepted(section, peek);
        string? backend = _backends.Resolve(section.String("default"));
        bool hasDefault = _hasDefault || section.Has("default");
        if (!peek && !hasDefault)
            section.Refuse("a listener with peek = false sends everything to its default, and there is none; write default = \"host:port\"");

        var firstByte = FirstByte(section, peek, hasDefault);
        var trusted = ConfigProxy.ReadTrusted(section);
        var proxy = ConfigProxy.Read(section, peek, trusted);
        var http = ConfigHttp.Read(section, peek, trusted);
        section.RefuseOtherKeys();
        return new(name, bind, protocols, peek, backend, firstByte, proxy) { Http = http };
    }

    private TimeSpan? FirstByte(ConfigSection section, bool peek, bool hasDefault)
    {
        if (section.String("first_byte", ConfigValues.ADuration) is not { } text || !text.TryParse<TimeSpan>(ConfigValues.TryDuration, out var silence))
            return null;

        if (!peek)
            text.Refuse("with peek = false no first byte is waited for; remove one of the two");
        else if (!hasDefault)
            text.Refuse("a client that is silent goes to the default, and there is none; write default = \"host:port\"");
        else if (silence >= _peekTimeout)
            text.Refuse($"it must be shorter than [timeouts] peek, {_peekTimeout.TotalSeconds}s, at which a silent client is closed");
        return silence;
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
            if (text.TryChoose(ConfigProtocols.OfListeners, out var protocol))
                accepted |= protocol;
        }

        section.RefuseEmpty("protocols", "name at least one, such as \"tls\" or \"http\", or leave it out");
        if (peek)
            return section.Has("protocols") ? accepted : AcceptedByDefault;

        if (section.Has("protocols"))
            section.Refuse("with peek = false nothing is read, so protocols cannot be told apart; remove one of the two");
        return Protocols.Any;
    }
}
