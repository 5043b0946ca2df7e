namespace SniForward.Tests.Fuzzing;

/// <summary>A bounded run of every fuzz target: its corpus, and the same mutations of it each time. docs/fuzzing.md tells of the long runs.</summary>
public sealed class FuzzTests
{
    private const int Mutations = 40_000;
    private const int BetweenOracles = 40;

    public static TheoryData<string> Targets => [.. FuzzTargets.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void The_corpus_is_parsed_alike_at_every_split_and_by_the_second_parser(string name)
    {
        var target = FuzzTargets.All.Single(target => target.Name == name);
        foreach (var input in Corpus(name))
        {
            for (var split = 0; split <= input.Length; split += 1 + split / 64) target.CheckByOracle(input, target.Check(input, split, isSegmented: split % 2 == 0));
        }
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Mutations_of_the_corpus_are_parsed_alike_in_two_deliveries_and_by_the_second_parser(string name)
    {
        var target = FuzzTargets.All.Single(target => target.Name == name);
        var mutator = new Mutator(Corpus(name), seed: 1);
        for (var i = 0; i < Mutations; i++)
        {
            var input = mutator.Next();
            var outcome = target.Check(input, mutator.Below(input.Length + 1), isSegmented: i % 2 == 0);
            if (i % BetweenOracles == 0) target.CheckByOracle(input, outcome);
        }
    }

    private static byte[][] Corpus(string name) =>
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Folder("Forwarder.Tests"), "Fuzzing", "Corpus", name)).Order().Select(File.ReadAllBytes)];
}
