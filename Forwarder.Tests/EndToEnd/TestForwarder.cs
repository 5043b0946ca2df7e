using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using Microsoft.Extensions.Logging;
using SniForward.Admin.Api;
using SniForward.Startup;
using SniForward.Startup.Configuration;

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
    /// <param name="level">What is logged beside access lines.</param>
    public static TestForwarder Start(string toml, Engines? engines = null, LogLevel level = LogLevel.Debug)
    {
        var read = ConfigReader.Read(toml, "test.toml");
        Assert.True(read.Config is not null, string.Join('\n', read.Errors));
        var log = new KeptLog();
        var logs = LoggerFactory.Create(logging => logging.SetMinimumLevel(level).AddProvider(log));
        return new TestForwarder(Forwarder.Start(read.Config, logs, engines, console: log.Console.Write), log, logs);
    }

    /// <summary>The next access line: of connections of one engine in the order in which they end, of those of several in any.</summary>
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

    /// <summary>Its only connection, as soon as there is one and it is at <paramref name="stage"/> of its path.</summary>
    public async Task<ConnectionView> ConnectionAtAsync(string stage)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var all = await _forwarder.View.ConnectionsAsync();
            if (all.SingleOrDefault() is { } only && only.Stage == stage) return only;
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience.Limit, $"No connection is {stage}: {string.Join("; ", all)}");
            await Task.Yield();
        }
    }

    /// <summary>Ends it; every line is there then.</summary>
    public async Task StopAsync()
    {
        await _forwarder.StopAsync(TimeSpan.Zero, CancellationToken.None);
        await _log.CloseConsoleAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _logs.Dispose();
        Assert.Equal("", string.Join("\n", _log.Lines.Where(line => line.StartsWith("Error", StringComparison.Ordinal))));
    }

    private sealed class KeptLog : ILoggerProvider
    {
        private readonly ConcurrentQueue<string> _lines = new();
        private readonly Pipe _console = new(new PipeOptions(pauseWriterThreshold: 0));
        private readonly Task _reading;
        private TaskCompletionSource? _next;

        public KeptLog() => _reading = ReadAsync(new StreamReader(_console.Reader.AsStream()));

        /// <summary>The standard output, for access lines.</summary>
        public Stream Console => _console.Writer.AsStream();

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

        /// <summary>Reads it to its end.</summary>
        public async Task CloseConsoleAsync()
        {
            await _console.Writer.CompleteAsync();
            await _reading.InTimeAsync();
        }

        public ILogger CreateLogger(string categoryName) => new Logger(this);

        public void Dispose()
        {
        }

        private async Task ReadAsync(StreamReader console)
        {
            while (await console.ReadLineAsync() is { } line)
            {
                Add(line);
                Access.Writer.TryWrite(AccessLine.Parse(line));
            }
        }

        private void Add(string line)
        {
            _lines.Enqueue(line);
            Interlocked.Exchange(ref _next, null)?.SetResult();
        }

        private sealed class Logger(KeptLog log) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(
                LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                var line = $"{logLevel}: {formatter(state, exception)} {exception}".TrimEnd();
                log.Other.Writer.TryWrite(line);
                log.Add(line);
            }
        }
    }
}
