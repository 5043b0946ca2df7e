using System.CommandLine;
using System.Diagnostics;
using SniForward.Startup;

namespace SniForward.Tests.Deploy;

/// <summary>The man page and the completions know the command line that there is.</summary>
public sealed class CommandLineFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Words() => [.. WordsOf(CommandLine.NewRootCommand()).Distinct()];

    [Theory]
    [MemberData(nameof(Words))]
    public void The_man_page_has_every_command_and_option(string word)
    {
        var page = File.ReadAllText(Path.Combine(Repository.Folder("deploy"), "man", "sniforward.1")).Replace("\\-", "-", StringComparison.Ordinal);

        Assert.Matches($@"(?m)^\.BR? .*(?<![\w-]){System.Text.RegularExpressions.Regex.Escape(word)}(?![\w-])", page);
    }

    [Fact]
    public async Task The_man_page_is_without_faults()
    {
        var man = Machine.NeedsCommand("man");

        var (status, _, errors) = await RunAsync(man, "--warnings", "-E", "UTF-8", "-l", Path.Combine(Repository.Folder("deploy"), "man", "sniforward.1"));

        Assert.Equal((0, ""), (status, errors));
    }

    [Theory]
    [InlineData("sniforward st", 1, "status")]
    [InlineData("sniforward route --pro", 2, "--protocol")]
    [InlineData("sniforward nonsense", 1, "")]
    public async Task Bash_completes_by_asking_the_program(string line, int word, string expected)
    {
        var bash = Machine.NeedsCommand("bash");
        var program = Path.Combine(_folder, "sniforward");
        await File.WriteAllTextAsync(
            program, $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "sniforward.dll")}' \"$@\"\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var words = string.Join(' ', line.Split(' '));

        var (status, output, errors) = await RunAsync(bash, "-c", $"""
            PATH='{_folder}':$PATH
            source '{Path.Combine(Repository.Folder("deploy"), "completions", "sniforward.bash")}'
            COMP_LINE='{line}' COMP_POINT={line.Length} COMP_WORDS=({words}) COMP_CWORD={word}
            _sniforward
            echo "$COMPREPLY"
            """);

        Assert.Equal((0, expected + "\n", ""), (status, output, errors));
    }

    private static IEnumerable<string> WordsOf(Command command) =>
    [
        .. command.Subcommands.Select(child => child.Name),
        .. command.Options.Select(option => option.Name),
        .. command.Options.SelectMany(option => option.Aliases.Where(alias => alias.StartsWith('-'))),
        .. command.Subcommands.SelectMany(WordsOf),
    ];

    private static async Task<(int Status, string Output, string Errors)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).InTimeAsync();
        return (process.ExitCode, await output, await errors);
    }
}
