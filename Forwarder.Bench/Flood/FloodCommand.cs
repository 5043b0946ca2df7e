using System.CommandLine;
using SniForward.Bench.Compare;

namespace SniForward.Bench.Flood;

/// <summary><c>flood</c>: what a flood of TLS handshakes does to those who have shaken hands already.</summary>
internal static class FloodCommand
{
    public static Command Create()
    {
        var seconds = new Option<double>("--seconds") { Description = "How long each part takes.", DefaultValueFactory = _ => 5 };
        var connections = new Option<int>("--connections") { Description = "How many connections are open, and exchange small messages.", DefaultValueFactory = _ => 32 };
        var clients = new Option<int>("--clients") { Description = "How many clients do nothing but full handshakes.", DefaultValueFactory = _ => 64 };
        var binary = new Option<string?>("--sniforward") { Description = "SniForward's binary, instead of publishing one.", HelpName = "PATH" };
        var command = new Command("flood", "Measure small messages over TLS beside a flood of handshakes.") { seconds, connections, clients, binary };
        command.SetAction(async (parsed, cancel) =>
        {
            var folder = Directory.CreateTempSubdirectory("sniforward-flood").FullName;
            try
            {
                using var bench = FloodBench.Start(parsed.GetValue(binary) ?? SniForwardBuild.Publish(folder), folder, parsed.GetRequiredValue(connections));
                var length = TimeSpan.FromSeconds(parsed.GetRequiredValue(seconds));
                // What the first of everything costs is no part of it.
                await bench.MeasureAsync(parsed.GetRequiredValue(clients), TimeSpan.FromSeconds(1), cancel);
                Print("without a flood", await bench.MeasureAsync(0, length, cancel));
                Print($"{parsed.GetRequiredValue(clients)} clients", await bench.MeasureAsync(parsed.GetRequiredValue(clients), length, cancel));
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        });
        return command;
    }

    private static void Print(string what, FloodResult result) => Console.WriteLine(FormattableString.Invariant(
        $"{what,-16} handshakes {result.HandshakesPerSecond,6:F0}/s   messages {result.MessagesPerSecond,7:F0}/s   p50 {result.Milliseconds(0.5):F2} ms   p99 {result.Milliseconds(0.99):F2} ms   p99.9 {result.Milliseconds(0.999):F2} ms"));
}
