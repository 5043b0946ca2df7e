using System.Reflection;
using Microsoft.Extensions.Logging;
using SniForward.Telemetry;

namespace SniForward.Tests.Telemetry;

public sealed class LogTests
{
    [Fact]
    public void Every_message_has_its_own_id()
    {
        var ids = typeof(Log).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()?.EventId)
            .Where(id => id is not null)
            .ToList();

        Assert.NotEmpty(ids);
        Assert.Equal(ids.Distinct(), ids);
    }
}
