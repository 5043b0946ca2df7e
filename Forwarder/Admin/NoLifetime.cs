using Microsoft.Extensions.Hosting;

namespace SniForward.Admin;

/// <summary>A host that no signal stops: the process has one that does, and it decides in which order.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
