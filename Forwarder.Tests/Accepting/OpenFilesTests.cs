using SniForward.Accepting;

namespace SniForward.Tests.Accepting;

public sealed class OpenFilesTests
{
    [Fact]
    public void Connections_are_counted_against_the_limit_less_what_is_open_and_a_reserve()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("Only Linux says its limit.");

        var allowed = OpenFiles.AllowedConnections(listeners: 0, pipes: 0, others: 0);

        Assert.InRange(allowed, 1, int.MaxValue);
        Assert.True(OpenFiles.AllowedConnections(listeners: 10, pipes: 0, others: 0) < allowed || allowed is 1 or int.MaxValue);
        Assert.Equal(1, OpenFiles.AllowedConnections(listeners: 1_000_000_000 / 2, pipes: 0, others: 0));
    }
}
