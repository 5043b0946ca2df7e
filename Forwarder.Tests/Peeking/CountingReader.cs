using System.IO.Pipelines;

namespace SniForward.Tests.Peeking;

/// <summary>Counts how often it is read, and fails the reads if told to.</summary>
internal sealed class CountingReader(PipeReader inner, Exception? failure = null) : PipeReader
{
    public int Reads { get; private set; }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        Reads++;
        return failure is null ? inner.ReadAsync(cancellationToken) : throw failure;
    }

    public override bool TryRead(out ReadResult result) => inner.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);
}
