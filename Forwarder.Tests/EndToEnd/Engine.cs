namespace SniForward.Tests.EndToEnd;

/// <summary>The engines: what holds from end to end holds on each of them.</summary>
public enum Engine
{
    Epoll,
    Sockets,
}

internal static class EngineStart
{
    /// <summary>Starts a forwarder on <paramref name="engine"/>; the test is skipped where there is no such.</summary>
    public static TestForwarder Start(this Engine engine, string toml) => TestForwarder.Start($"{engine.Line()}\n{toml}");

    /// <summary>The first line of a configuration that asks for <paramref name="engine"/>.</summary>
    public static string Line(this Engine engine)
    {
        if (engine == Engine.Epoll && !OperatingSystem.IsLinux()) Assert.Skip("epoll is Linux's.");
        return $"transport = \"{(engine == Engine.Epoll ? "epoll" : "sockets")}\"";
    }
}
