using System.CommandLine;
using System.Net;
using System.Text;
using SniForward.Startup.Configuration;
using SniForward.Startup.Demo;
using SniForward.Startup.Status;

namespace SniForward.Startup;

/// <summary>The command line: what can be asked of the program.</summary>
internal static class CommandLine
{
    /// <summary>Runs what <paramref name="args"/> ask for and returns the exit status, one of <see cref="ExitCode"/>.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        // Where .NET looks for a user's certificates, and fails for one who has no home, as in a container: with the root folder it does not.
        Environment.SetEnvironmentVariable("HOME", Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify));
        var parsed = NewRootCommand().Parse(args);
        // The host handles the signals itself, so that a drain can take its time.
        var status = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }).ConfigureAwait(false);
        return parsed.Errors.Count > 0 ? ExitCode.Invalid : status;
    }

    /// <summary>Everything that can be asked.</summary>
    public static RootCommand NewRootCommand()
    {
        var config = new Option<string>("--config", "-c")
        {
            Description = "The configuration file.",
            HelpName = "FILE",
            DefaultValueFactory = _ => "forward.toml",
            Recursive = true,
        };

        var root = new RootCommand("Forwards TCP connections to backends by TLS SNI or HTTP Host, without decrypting anything.") { config };
        root.SetAction(parsed => RunCommand.RunAsync(parsed.GetRequiredValue(config)));

        var takeOver = NewTakeOverOption();
        var run = new Command("run", "Forward until SIGTERM or Ctrl-C (the default command).") { takeOver };
        run.SetAction(parsed => RunCommand.RunAsync(parsed.GetRequiredValue(config), parsed.GetValue(takeOver)));
        root.Add(run);

        var check = new Command("check", "Validate the configuration and print every error.");
        check.SetAction(parsed => CheckCommand.Run(parsed.GetRequiredValue(config)));
        root.Add(check);

        var client = NewClientOption();
        root.Add(NewRouteCommand(config, client));
        root.Add(NewPeekCommand(config, client));

        var admin = NewAdminOption();
        var json = new Option<bool>("--json") { Description = "Print it as JSON, for programs." };
        var status = new Command("status", "Print how the forwarder that runs by this configuration is, on one screen.") { admin, json };
        status.SetAction(parsed => StatusAsync(parsed.GetRequiredValue(config), parsed.GetValue(admin), target => StatusCommand.RunAsync(target, parsed.GetValue(json))));
        root.Add(status);

        var reload = new Command("reload", "Have it take its configuration over again, and print what is wrong with that.") { admin };
        reload.SetAction(parsed => StatusAsync(parsed.GetRequiredValue(config), parsed.GetValue(admin), ReloadCommand.RunAsync));
        root.Add(reload);

        var top = new Command("top", "Watch it live, until Ctrl-C.") { admin };
        top.SetAction(parsed => StatusAsync(parsed.GetRequiredValue(config), parsed.GetValue(admin), TopCommand.RunAsync));
        root.Add(top);

        var demo = new Command("demo", "Three little web servers and a forwarder on loopback, with the curl commands to try.");
        demo.SetAction(_ => DemoCommand.RunAsync());
        root.Add(demo);
        return root;
    }

    private static async Task<int> StatusAsync(string config, EndPoint? admin, Func<AdminTarget, Task<int>> ask) =>
        AdminTarget.Find(config, admin) is { } target ? await ask(target).ConfigureAwait(false) : ExitCode.Invalid;

    private static Option<EndPoint?> NewAdminOption() => new("--admin")
    {
        Description = $"Where it is asked, in place of the configuration's [admin]; its token is taken from {AdminTarget.TokenVariable}.",
        HelpName = "ADDRESS",
        CustomParser = result =>
        {
            var text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
            if (ConfigAddresses.TryBind(text, out var address, out var error)) return address;
            result.AddError($"--admin: {error}");
            return null;
        },
    };

    private static Option<string?> NewTakeOverOption()
    {
        var option = new Option<string?>("--take-over")
        {
            Description = "Take the sockets of the process that listens on this unix socket, if one does, and relieve it; then listen there for the next.",
            HelpName = "PATH",
        };
        option.Validators.Add(result =>
        {
            if (!OperatingSystem.IsLinux()) result.AddError("--take-over is for Linux only");
            // unix(7): the longest path, without the byte that ends it.
            else if (Encoding.UTF8.GetByteCount(result.GetValueOrDefault<string?>() ?? "") is 0 or > 107) result.AddError("--take-over: a path of 1 to 107 bytes");
        });
        return option;
    }

    private static Option<IPAddress?> NewClientOption() => new("--client")
    {
        Description = "The client's address.",
        HelpName = "IP",
        CustomParser = result =>
        {
            var text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
            if (IPAddress.TryParse(text, out var address)) return address;
            result.AddError($"--client: \"{text}\" is no IP address");
            return null;
        },
    };

    private static Command NewPeekCommand(Option<string> config, Option<IPAddress?> client)
    {
        var file = new Argument<string>("FILE") { Description = "The bytes that a client sent, from the first; \"-\" is the standard input.", DefaultValueFactory = _ => "-" };
        var peek = new Command("peek", "Say what a recorded first flight contains, and which route it takes.") { file, client };
        peek.SetAction(parsed => PeekCommand.RunAsync(parsed.GetRequiredValue(config), parsed.GetRequiredValue(file), parsed.GetValue(client)));
        return peek;
    }

    private static Command NewRouteCommand(Option<string> config, Option<IPAddress?> client)
    {
        var name = new Argument<string?>("NAME")
        {
            Description = "The name that a client asks for, in its SNI or Host; without it, what carries no name.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var protocol = new Option<string>("--protocol") { Description = "What the client speaks.", DefaultValueFactory = _ => "tls" };
        protocol.AcceptOnlyFromAmong([.. ConfigProtocols.OfRoutes.Select(known => known.Word)]);
        var alpn = new Option<string[]>("--alpn") { Description = "A protocol that the client offers; may be repeated.", HelpName = "PROTOCOL" };
        var listener = new Option<string?>("--listener") { Description = "Answer for this listener only.", HelpName = "NAME" };

        var route = new Command("route", "Say which route a name takes, and why.") { name, protocol, alpn, listener, client };
        route.SetAction(parsed => RouteCommand.Run(
            parsed.GetRequiredValue(config),
            parsed.GetValue(name) ?? "",
            ConfigProtocols.OfRoutes.First(known => known.Word == parsed.GetRequiredValue(protocol)).Value,
            parsed.GetValue(alpn) ?? [],
            parsed.GetValue(listener),
            parsed.GetValue(client)));
        return route;
    }
}
