using SniForward.Telemetry;

namespace SniForward.Tests.Telemetry;

public sealed class ConnectionEndTests
{
    [Fact]
    public void Every_end_has_a_name_of_its_own()
    {
        var names = Enum.GetValues<ConnectionEnd>().Select(end => end.Name()).ToArray();

        Assert.All(names, name => Assert.Matches("^[a-z]+(_[a-z]+)*$", name));
        Assert.Equal(names.Length, names.Distinct().Count());
    }
}
