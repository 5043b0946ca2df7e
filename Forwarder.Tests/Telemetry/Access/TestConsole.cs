using System.Runtime.InteropServices;
using System.Text;

namespace SniForward.Tests.Telemetry.Access;

/// <summary>A console that can be full, or broken.</summary>
internal sealed class TestConsole
{
    private readonly object _gate = new();
    private readonly List<byte> _written = [];
    private bool _isBlocked;

    /// <summary>Ends once somebody has begun to write.</summary>
    public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsBroken { get; set; }

    /// <summary>From now on, who writes waits.</summary>
    public void Block()
    {
        lock (_gate) _isBlocked = true;
    }

    public void Open()
    {
        lock (_gate)
        {
            _isBlocked = false;
            Monitor.PulseAll(_gate);
        }
    }

    public void Write(ReadOnlySpan<byte> lines)
    {
        Written.TrySetResult();
        lock (_gate)
        {
            while (_isBlocked) Monitor.Wait(_gate);
            if (IsBroken) throw new IOException("No space left on device");
            _written.AddRange(lines);
        }
    }

    /// <summary>The lines that were written, without their ends.</summary>
    public string[] Lines()
    {
        lock (_gate)
        {
            var text = Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(_written));
            Assert.EndsWith("\n", "\n" + text, StringComparison.Ordinal);
            return text.Split('\n')[..^1];
        }
    }
}
