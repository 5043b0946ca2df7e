using System.CommandLine;
using SharpFuzz;
using SniForward.Tests.Fuzzing;

namespace SniForward.Bench.Fuzz;

/// <summary><c>fuzz</c>: runs the fuzz targets, on mutations of their corpus or on what AFL sends.</summary>
internal static class FuzzCommand
{
    public static Command Create()
    {
        var target = new Argument<string?>("TARGET") { Description = "One of " + string.Join(", ", FuzzTargets.All.Select(known => known.Name)) + "; without it, all.", Arity = ArgumentArity.ZeroOrOne };
        var executions = new Option<long>("--executions") { Description = "How many times each parser is run.", DefaultValueFactory = _ => 1_000_000 };
        var seed = new Option<int>("--seed") { Description = "Where the mutations begin.", DefaultValueFactory = _ => 1 };
        var corpus = new Option<string>("--corpus") { Description = "The folder of the corpora.", DefaultValueFactory = _ => "Forwarder.Tests/Fuzzing/Corpus" };
        var afl = new Option<bool>("--afl") { Description = "Take inputs from afl-fuzz, which starts this." };
        var command = new Command("fuzz", "Fuzz the parsers.") { target, executions, seed, corpus, afl };
        command.SetAction(parsed =>
        {
            var name = parsed.GetValue(target);
            FuzzTarget[] targets = [.. FuzzTargets.All.Where(known => name is null || known.Name == name)];
            if (targets.Length == 0) throw new ArgumentException($"There is no target {name}.");
            if (parsed.GetValue(afl)) TakeFromAfl(targets[0]);
            else foreach (var each in targets) FuzzRunner.Run(each, parsed.GetValue(corpus) ?? "", parsed.GetValue(executions), parsed.GetValue(seed));
        });
        return command;
    }

    /// <summary>Each input is parsed whole, and in two deliveries split where its own bytes say; now and then by the second parser.</summary>
    private static void TakeFromAfl(FuzzTarget target)
    {
        var count = 0L;
        Fuzzer.Run(stream =>
        {
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            var input = bytes.ToArray();
            var sum = input.Sum(value => value);
            var outcome = target.Check(input, sum % (input.Length + 1), isSegmented: sum % 2 == 0);
            if (++count % 100 == 0) target.CheckByOracle(input, outcome);
        });
    }
}
