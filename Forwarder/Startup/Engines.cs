using SniForward.Accepting;
using SniForward.Startup.Configuration;
using SniForward.Transport;
using SniForward.Transport.Epoll;
using SniForward.Transport.Sockets;

namespace SniForward.Startup;

/// <summary>The engines that a configuration asks for.</summary>
/// <param name="All">At least one, running.</param>
/// <param name="Pipes">How many pipes they may have open, all together.</param>
internal sealed record Engines(IReadOnlyList<ITransport> All, int Pipes)
{
    public static Engines Start(ForwarderConfig config)
    {
        if (OperatingSystem.IsLinux()) DescriptorLimit.Raise();
        if (config.Transport == TransportKind.Sockets || !OperatingSystem.IsLinux()) return new Engines([new SocketsTransport(TimeProvider.System)], 0);

        var threads = config.Threads > 0 ? config.Threads : Environment.ProcessorCount;
        var pipes = OpenFiles.AllowedPipes(threads);
        return new Engines(EpollTransport.Start(threads, pipes / threads), pipes);
    }
}
