namespace SniForward.Telemetry.Access;

/// <summary>Where the lines of the access log go: the console, or a file. Only one thread uses it.</summary>
/// <param name="console">Writes to the standard output.</param>
internal sealed class AccessOutput(Action<ReadOnlySpan<byte>> console)
{
    private static readonly byte[] EndOfLine = [(byte)'\n'];

    private Stream? _file;
    private bool _endsWithinLine;
    private long _failed;

    /// <summary>How many lines could not be written. From any thread.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Why the last of them could not; null if all could.</summary>
    public string? Failure { get; private set; }

    /// <summary>Goes on in another file, which it will close, or if that is null on the console.</summary>
    public void Use(Stream? file)
    {
        _file?.Dispose();
        (_file, _endsWithinLine) = (file, false);
    }

    /// <summary>Writes whole lines. Never throws: what cannot be written is counted.</summary>
    public void Write(ReadOnlySpan<byte> lines)
    {
        if (lines.IsEmpty) return;
        var before = 0L;
        try
        {
            if (_file is null)
            {
                console(lines);
                return;
            }
            before = Length();
            if (_endsWithinLine)
            {
                _file.Write(EndOfLine);
                _endsWithinLine = false;
                before++;
            }
            _file.Write(lines);
        }
#pragma warning disable CA1031 // Whatever is wrong with a disk or a console, connections go on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Failure = e.Message;
            Count(lines, Math.Clamp(Length() - before, 0, lines.Length));
        }
    }

    /// <summary>Counts what was lost of <paramref name="lines"/>, of which a full disk may have taken a part.</summary>
    private void Count(ReadOnlySpan<byte> lines, long written)
    {
        var rest = lines[(int)written..];
        Volatile.Write(ref _failed, _failed + rest.Count((byte)'\n'));
        if (written > 0) _endsWithinLine = lines[(int)written - 1] != '\n';
    }

    private long Length()
    {
        try
        {
            return _file is { CanSeek: true } ? _file.Length : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
