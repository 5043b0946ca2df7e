using System.CommandLine;
using BenchmarkDotNet.Running;
using SniForward.Bench;
using SniForward.Bench.Compare;
using SniForward.Bench.Flood;
using SniForward.Bench.Fuzz;
using SniForward.Bench.Load;

var commands = new RootCommand("Micro-benchmarks, and a comparison with other proxies.") { CompareCommand.Create(), YarpCommand.Create(), LoadCommand.Create(), FuzzCommand.Create(), FloodCommand.Create() };
if (args.Length > 0 && commands.Subcommands.Any(command => command.Name == args[0])) return await commands.Parse(args).InvokeAsync();

BenchmarkSwitcher.FromAssembly(typeof(RouteBenchmark).Assembly).Run(args);
return 0;
