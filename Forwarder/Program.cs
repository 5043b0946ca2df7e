using SniForward.Startup;

return await CommandLine.RunAsync(args).ConfigureAwait(false);
