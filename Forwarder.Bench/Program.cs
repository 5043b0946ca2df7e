using BenchmarkDotNet.Running;
using SniForward.Bench;

BenchmarkSwitcher.FromAssembly(typeof(RouteBenchmark).Assembly).Run(args);
