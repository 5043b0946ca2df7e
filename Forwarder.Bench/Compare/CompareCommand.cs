using System.CommandLine;

namespace SniForward.Bench.Compare;

/// <summary><c>compare</c>: SniForward side by side with other proxies.</summary>
internal static class CompareCommand
{
    private static readonly Option<int> Rounds = new("--rounds")
    {
        Description = "How often every peer is measured; a median wants at least five.",
        DefaultValueFactory = _ => 5,
    };

    private static readonly Option<double> Seconds = new("--seconds")
    {
        Description = "How long each measurement takes.",
        DefaultValueFactory = _ => 1.5,
    };

    private static readonly Option<string[]> Only = NewList("--only", "Only these workloads", Workloads.All.Select(workload => workload.Group).Distinct());

    private static readonly Option<string[]> Peers = NewList("--peers", "Only these peers", InstalledPeers.Names);

    private static readonly Option<string> Out = new("--out")
    {
        Description = "Where the results go.",
        HelpName = "FOLDER",
        DefaultValueFactory = _ => "docs/benchmarks",
    };

    private static readonly Option<string> Name = new("--name")
    {
        Description = "What the files of the results are called.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "compare",
    };

    private static readonly Option<string?> SniForward = new("--sniforward")
    {
        Description = "SniForward's binary, instead of publishing one.",
        HelpName = "PATH",
    };

    private static readonly Option<string> Pin = new Option<string>("--pin")
    {
        Description = "The proxy on the first core, the load generator on the second; on if there are two.",
        DefaultValueFactory = _ => Environment.ProcessorCount > 1 ? "on" : "off",
    }.AcceptOnlyFromAmong("on", "off");

    public static Command Create()
    {
        var command = new Command("compare", "Compare SniForward with HAProxy, nginx, sniproxy, Caddy, YARP and the direct path.")
        {
            Rounds, Seconds, Only, Peers, Out, Name, SniForward, Pin,
        };
        command.SetAction((parsed, _) => CompareProgram.RunAsync(new CompareOptions
        {
            Rounds = parsed.GetRequiredValue(Rounds),
            Seconds = parsed.GetRequiredValue(Seconds),
            Only = parsed.GetValue(Only) ?? [],
            Peers = parsed.GetValue(Peers) is { Length: > 0 } peers ? peers : InstalledPeers.Names,
            Out = parsed.GetRequiredValue(Out),
            Name = parsed.GetRequiredValue(Name),
            SniForward = parsed.GetValue(SniForward),
            Pin = parsed.GetRequiredValue(Pin) == "on",
            CommandLine = string.Join(' ', parsed.Tokens.Select(token => token.Value).Prepend("dotnet run -c Release --project Forwarder.Bench --")),
        }));
        return command;
    }

    /// <summary>An option of some of <paramref name="choices"/>, with commas between them.</summary>
    private static Option<string[]> NewList(string name, string description, IEnumerable<string> choices)
    {
        var known = choices.ToArray();
        return new Option<string[]>(name)
        {
            Description = $"{description}: {string.Join(',', known)}.",
            HelpName = "A,B",
            CustomParser = result =>
            {
                var chosen = result.Tokens[0].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                foreach (var unknown in chosen.Except(known)) result.AddError($"{name} knows no \"{unknown}\", only {string.Join(", ", known)}.");
                return chosen;
            },
        };
    }
}
