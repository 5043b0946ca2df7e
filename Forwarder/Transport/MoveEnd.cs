namespace SniForward.Transport;

/// <summary>Why bytes stopped moving from a source to a sink.</summary>
internal enum MoveEnd
{
    /// <summary>The source ended its side (FIN), and the sink has taken every byte before it.</summary>
    SourceEnded,

    /// <summary>The source was reset or failed.</summary>
    SourceFailed,

    /// <summary>The sink was reset or failed.</summary>
    SinkFailed,

    /// <summary>One of the two was aborted on this side.</summary>
    Aborted,

    /// <summary>As many bytes have moved as were to.</summary>
    LimitReached,
}
