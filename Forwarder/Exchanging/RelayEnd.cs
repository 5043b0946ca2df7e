namespace SniForward.Exchanging;

/// <summary>How the relay of a body ended.</summary>
internal enum RelayEnd
{
    /// <summary>The sink has taken all of it.</summary>
    Whole,

    /// <summary>The source ended its side before the body was whole.</summary>
    SourceEnded,

    /// <summary>The source was reset or failed.</summary>
    SourceFailed,

    /// <summary>The sink was reset or failed.</summary>
    SinkFailed,

    /// <summary>One of the two was aborted on this side.</summary>
    Aborted,

    /// <summary>Its framing is broken: where it ends will never be known.</summary>
    Malformed,
}
