namespace SniForward.Telemetry.Access;

/// <summary>Where the lines of the access log go. Only one thread uses it.</summary>
/// <param name="console">Writes to the standard output.</param>
internal sealed class AccessOutput(Action<ReadOnlySpan<byte>> console)
{
    private long _failed;

    /// <summary>How many lines could not be written.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Why the last of them could not; null if all could.</summary>
    public string? Failure { get; private set; }

    /// <summary>Writes whole lines. Never throws: what cannot be written is counted.</summary>
    public void Write(ReadOnlySpan<byte> lines)
    {
        if (lines.IsEmpty) return;
        try
        {
            console(lines);
        }
#pragma warning disable CA1031 // Whatever is wrong with a disk or a console, connections go on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Volatile.Write(ref _failed, _failed + lines.Count((byte)'\n'));
            Failure = e.Message;
        }
    }
}
