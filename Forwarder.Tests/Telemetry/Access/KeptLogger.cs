using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SniForward.Tests.Telemetry.Access;

/// <summary>Keeps each message, behind its level.</summary>
internal sealed class KeptLogger : ConcurrentQueue<string>, ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Enqueue($"{logLevel}: {formatter(state, exception)}");
}
