namespace SniForward.Bench.Compare;

/// <summary>One of those that are compared: a proxy with a configuration, or the direct path.</summary>
/// <param name="name">As given with <c>--peers</c>.</param>
/// <param name="setting">Which of its configurations.</param>
internal abstract class Peer(string name, string setting)
{
    public const string AsInstalled = "as installed";

    public const string Tuned = "tuned";

    public string Name => name;

    public string Setting => setting;

    /// <summary>There is no proxy: clients connect to the origins.</summary>
    public virtual bool IsDirect => false;

    /// <summary>It can end TLS, and forward what is inside.</summary>
    public virtual bool EndsTls => false;

    /// <summary>It forwards TLS that passes through, by its SNI.</summary>
    public virtual bool PassesTls => true;

    /// <summary>It can route HTTP request by request.</summary>
    public virtual bool RoutesRequests => false;

    /// <summary>Whether it does what <paramref name="workload"/> measures.</summary>
    public bool Does(Workload workload) =>
        !(workload.NeedsProxy && IsDirect) && (workload.IsHttp ? RoutesRequests : PassesTls && (workload.Tls is null || EndsTls));

    /// <summary>Writes the configuration below <paramref name="folder"/>, and gives the command that runs the peer with it in the foreground.</summary>
    public abstract IReadOnlyList<string> Prepare(string folder, PeerPorts ports);

    public override string ToString() => $"{name} ({setting})";

    /// <summary>Writes <paramref name="text"/> to <paramref name="file"/> in <paramref name="folder"/> and returns its path.</summary>
    protected static string Write(string folder, string file, string text)
    {
        var path = Path.Combine(folder, file);
        File.WriteAllText(path, text);
        return path;
    }
}
