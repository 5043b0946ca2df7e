using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using SniForward.Startup;
using SniForward.Startup.Configuration;
using SniForward.Telemetry;

namespace SniForward.Tests.EndToEnd;

/// <summary>The real forwarder, from a real configuration, inside the test's process; its log lines are kept.</summary>
internal sealed class TestForwarder : IAsyncDisposable
{
    private readonly Forwarder _forwarder;
    private readonly KeptLog _log;
    private readonly ILoggerFactory _logs;

    private TestForwarder(Forwarder forwarder, KeptLog log, ILoggerFactory logs)
    {
        _forwarder = forwarder;
        _log = log;
        _logs = logs;
    }

    public Forwarder Forwarder => _forwarder;

    /// <summary>The first bound address.</summary>
    public EndPoint Address => _forwarder.Addresses[0];

    public int Port => ((IPEndPoint)Address).Port;

    public IReadOnlyList<EndPoint> Addresses => _forwarder.Addresses;

    public IEnumerable<string> Lines => _log.Lines;

    /// <param name="toml">The configuration.</param>
    /// <param name="engines">What it runs on, if not on what the configuration asks for.</param>
    /// <param name="level">What is logged; access lines are of level Information.</param>
    public static TestForwarder Start(string toml, Engines? engines = null, LogLevel level = LogLevel.Debug)
    {
        var read = ConfigReader.Read(toml, "test.toml");
        Assert.True(read.Config is not null, string.Join('\n', read.Errors));
        var log = new KeptLog();
        var logs = LoggerFactory.Create(logging => logging.SetMinimumLevel(level).AddProvider(log));
        return new TestForwarder(Forwarder.Start(read.Config, engines ?? Engines.Start(read.Config), InheritedSockets.None, logs), log, logs);
    }

    /// <summary>The next access line, in the order in which connections end.</summary>
    public async Task<AccessLine> NextAccessLineAsync() =>
        await _log.Access.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().InTimeAsync();

    /// <summary>Waits until there is a line that contains <paramref name="text"/>.</summary>
    public async Task LineAsync(string text)
    {
        while (true)
        {
            var next = _log.NextLineAsync();
            if (Lines.Any(line => line.Contains(text, StringComparison.Ordinal))) return;
            await next.InTimeAsync();
        }
    }

    /// <summary>The next line that is not an access line and has <paramref name="text"/> in it.</summary>
    public async Task<string> NextLineAsync(string text)
    {
        var lines = _log.Other.Reader.ReadAllAsync(TestContext.Current.CancellationToken);
        return await lines.FirstAsync(line => line.Contains(text, StringComparison.Ordinal), TestContext.Current.CancellationToken).AsTask().InTimeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _forwarder.StopAsync(TimeSpan.Zero, CancellationToken.None);
        _logs.Dispose();
        Assert.Equal("", string.Join("\n", _log.Lines.Where(line => line.StartsWith("Error", StringComparison.Ordinal))));
    }

    private sealed class KeptLog : ILoggerProvider
    {
        private readonly ConcurrentQueue<string> _lines = new();
        private TaskCompletionSource? _next;

        public IEnumerable<string> Lines => _lines;

        public System.Threading.Channels.Channel<AccessLine> Access { get; } =
            System.Threading.Channels.Channel.CreateUnbounded<AccessLine>();

        public System.Threading.Channels.Channel<string> Other { get; } = System.Threading.Channels.Channel.CreateUnbounded<string>();

        /// <summary>Ends when a line has come after this call.</summary>
        public Task NextLineAsync()
        {
            var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return (Interlocked.CompareExchange(ref _next, next, null) ?? next).Task;
        }

        public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName == AccessLog.Category);

        public void Dispose()
        {
        }

        private sealed class Logger(KeptLog log, bool access) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(
                LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                var line = $"{logLevel}: {formatter(state, exception)} {exception}".TrimEnd();
                log._lines.Enqueue(line);
                if (!access) log.Other.Writer.TryWrite(line);
                Interlocked.Exchange(ref log._next, null)?.SetResult();
                if (access && state is IReadOnlyList<KeyValuePair<string, object?>> fields)
                    log.Access.Writer.TryWrite(new AccessLine(fields.ToDictionary(field => field.Key, field => field.Value)));
            }
        }
    }
}
