namespace SniForward.Selecting;

/// <summary>The PROXY header that a server is sent before a client's bytes (HAProxy's proxy-protocol.txt).</summary>
internal enum ProxyVersion
{
    /// <summary>None.</summary>
    Off,

    /// <summary>A line of text.</summary>
    V1,

    /// <summary>Binary, with the name that the client asked for.</summary>
    V2,
}
