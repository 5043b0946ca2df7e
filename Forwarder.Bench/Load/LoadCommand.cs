using System.CommandLine;

namespace SniForward.Bench.Load;

/// <summary><c>load</c>: what <c>compare</c> starts to make load; see <see cref="LoadProcess"/>.</summary>
internal static class LoadCommand
{
    public static Command Create()
    {
        var origins = new Option<int>("--origins") { Description = "How many origins there are to be.", DefaultValueFactory = _ => 1 };
        var command = new Command("load", "Make load as the standard input asks.") { origins };
        command.Hidden = true;
        command.SetAction(async (parsed, _) =>
        {
            using var engine = LoadEngine.Create();
            using var load = new LoadProcess(engine);
            await load.RunAsync(parsed.GetRequiredValue(origins));
        });
        return command;
    }
}
