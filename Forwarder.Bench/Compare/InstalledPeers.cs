namespace SniForward.Bench.Compare;

/// <summary>Looks for the proxies that SniForward is compared with. It installs nothing.</summary>
internal static class InstalledPeers
{
    public static readonly IReadOnlyList<string> Names =
    [
        DirectPeer.PeerName, SniForwardPeer.PeerName, HaproxyPeer.PeerName, NginxPeer.PeerName, SniproxyPeer.PeerName,
        CaddyPeer.PeerName, YarpPeer.PeerName,
    ];

    public static InstalledPeer Haproxy()
    {
        if (Executable.Find("haproxy") is not { } binary) return NotInstalled(HaproxyPeer.PeerName, "haproxy");
        return new InstalledPeer(
            HaproxyPeer.PeerName,
            FirstLine(ShortCommand.Run(binary, "-v").Output),
            null,
            [new HaproxyPeer(binary, tuned: false), new HaproxyPeer(binary, tuned: true)]);
    }

    public static InstalledPeer Nginx()
    {
        const string packages = "nginx-light libnginx-mod-stream";
        if (Executable.Find("nginx") is not { } binary) return NotInstalled(NginxPeer.PeerName, packages);

        var build = ShortCommand.Run(binary, "-V").Output;
        var arguments = build.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        var module = default(string);
        if (!arguments.Contains("--with-stream"))
        {
            const string option = "--modules-path=";
            var folder = arguments.FirstOrDefault(argument => argument.StartsWith(option, StringComparison.Ordinal))?[option.Length..];
            module = Path.Combine(folder ?? "/usr/lib/nginx/modules", "ngx_stream_module.so");
            if (!File.Exists(module)) return NotInstalled(NginxPeer.PeerName, packages);
        }
        return new InstalledPeer(
            NginxPeer.PeerName,
            FirstLine(build),
            null,
            [new NginxPeer(binary, module, tuned: false), new NginxPeer(binary, module, tuned: true)]);
    }

    public static InstalledPeer Sniproxy()
    {
        if (Executable.Find("sniproxy") is not { } binary) return NotInstalled(SniproxyPeer.PeerName, "sniproxy");
        return new InstalledPeer(SniproxyPeer.PeerName, FirstLine(ShortCommand.Run(binary, "-V").Output), null, [new SniproxyPeer(binary)]);
    }

    public static InstalledPeer Caddy()
    {
        if (Executable.Find("caddy") is not { } binary) return NotInstalled(CaddyPeer.PeerName, "caddy");
        return new InstalledPeer(
            CaddyPeer.PeerName,
            $"Caddy {FirstLine(ShortCommand.Run(binary, "version").Output)}",
            null,
            [new CaddyPeer(binary, tuned: false), new CaddyPeer(binary, tuned: true)]);
    }

    /// <summary>It is a part of this program.</summary>
    public static InstalledPeer Yarp() => new(YarpPeer.PeerName, $"YARP {YarpPeer.Version} on Kestrel", null, [new YarpPeer()]);

    private static InstalledPeer NotInstalled(string name, string packages) =>
        new(name, null, $"not installed (apt-get install {packages})", []);

    private static string FirstLine(string output) => output.Split('\n')[0].Trim();
}
