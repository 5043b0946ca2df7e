using System.Diagnostics;
using SniForward.Peeking;
using SniForward.Tests.Fuzzing;

namespace SniForward.Bench.Fuzz;

/// <summary>Runs a target on mutations of its corpus, the same for the same seed, and prints what came of it.</summary>
internal static class FuzzRunner
{
    private const int BetweenOracles = 2000;

    /// <param name="target">What is run.</param>
    /// <param name="corpora">The folder that its corpus's folder is in.</param>
    /// <param name="executions">How many times the parser is run: twice for each input.</param>
    /// <param name="seed">Where the mutations begin.</param>
    /// <exception cref="FuzzFinding">The parser does not keep its word.</exception>
    public static void Run(FuzzTarget target, string corpora, long executions, int seed)
    {
        byte[][] corpus = [.. Directory.EnumerateFiles(Path.Combine(corpora, target.Name)).Order().Select(File.ReadAllBytes)];
        var mutator = new Mutator(corpus, seed);
        var answers = new long[Enum.GetValues<PeekAnswer>().Length];
        var compared = 0L;
        var watch = Stopwatch.StartNew();
        for (var i = 0L; i < executions / 2; i++)
        {
            var input = mutator.Next();
            var outcome = target.Check(input, mutator.Below(input.Length + 1), isSegmented: i % 4 == 0);
            answers[(int)outcome.Answer]++;
            if (i % BetweenOracles != 0) continue;
            target.CheckByOracle(input, outcome);
            compared++;
        }

        var reached = answers.Index().Where(answer => answer.Item > 0).Select(answer => $"{(PeekAnswer)answer.Index} {answer.Item}");
        Console.WriteLine(
            $"{target.Name}: {executions} executions on {executions / 2} inputs from {corpus.Length}, {(target.Oracle is null ? 0 : compared)} compared, "
            + $"{watch.Elapsed.TotalSeconds:F0} s; {string.Join(", ", reached)}");
    }
}
