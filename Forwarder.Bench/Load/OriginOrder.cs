namespace SniForward.Bench.Load;

/// <summary>What a client wants of the origin on its connection.</summary>
internal enum OriginOrder : byte
{
    /// <summary>An answer to each request, as long as the client likes.</summary>
    Exchange = 1,

    /// <summary>One answer to the hello; the client ends the connection.</summary>
    AnswerThenWait,

    /// <summary>One answer to the hello; the origin ends the connection.</summary>
    AnswerThenClose,

    /// <summary>Bytes without end, from the origin to the client.</summary>
    Download,

    /// <summary>Bytes without end, from the client to the origin.</summary>
    Upload,

    /// <summary>Both at once.</summary>
    Duplex,
}
