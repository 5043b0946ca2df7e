namespace SniForward.Bench.Compare;

/// <summary>A comparison from what is installed to the report.</summary>
internal static class CompareProgram
{
    public static async Task<int> RunAsync(CompareOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("sniforward-compare-").FullName;
        try
        {
            var installed = Find(options, folder);
            foreach (var peer in installed) Console.WriteLine(peer);

            using var comparison = new Comparison(options, [.. installed.SelectMany(peer => peer.Settings)], folder);
            await comparison.RunAsync();
            Report(options, installed, comparison.Samples);
            return 0;
        }
        catch (MeasurementException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static List<InstalledPeer> Find(CompareOptions options, string folder)
    {
        var peers = new List<InstalledPeer>();
        foreach (var name in InstalledPeers.Names.Where(options.Peers.Contains))
        {
            peers.Add(name switch
            {
                DirectPeer.PeerName => new InstalledPeer(name, "clients connect to the origins themselves", null, [new DirectPeer()]),
                SniForwardPeer.PeerName => SniForward(options, folder),
                HaproxyPeer.PeerName => InstalledPeers.Haproxy(),
                NginxPeer.PeerName => InstalledPeers.Nginx(),
                SniproxyPeer.PeerName => InstalledPeers.Sniproxy(),
                CaddyPeer.PeerName => InstalledPeers.Caddy(),
                _ => InstalledPeers.Yarp(),
            });
        }
        return peers;
    }

    private static InstalledPeer SniForward(CompareOptions options, string folder)
    {
        if (options.SniForward is null) Console.WriteLine("Publishing SniForward.");
        var binary = options.SniForward ?? SniForwardBuild.Publish(Path.Combine(folder, "publish"));
        var version = options.SniForward is null ? SniForwardBuild.Version() : options.SniForward;
        return new InstalledPeer(SniForwardPeer.PeerName, version, null, [new SniForwardPeer(binary)]);
    }

    private static void Report(CompareOptions options, IReadOnlyList<InstalledPeer> installed, Samples samples)
    {
        Directory.CreateDirectory(options.Out);
        samples.WriteCsv(Path.Combine(options.Out, $"{options.Name}.csv"));
        PlotReport.Write(options.Out, options.Name, samples);
        var report = new MarkdownReport(options.Name, samples).Write(options, installed);
        File.WriteAllText(Path.Combine(options.Out, $"{options.Name}.md"), report);
        Console.WriteLine();
        Console.WriteLine(report);
    }
}
