using System.Net;
using SniForward.Transport;

namespace SniForward.Bench.Load;

/// <summary>What the clients of small exchanges say on their connections.</summary>
internal interface ISmallExchange
{
    /// <summary>A connection that has carried one exchange.</summary>
    /// <exception cref="IOException">It does not come about.</exception>
    ValueTask<ISocket> OpenAsync(ITransport engine, EndPoint remote);

    /// <summary>One request and its answer; true once the answer is there.</summary>
    /// <exception cref="IOException">The connection ended instead, or the answer is not the one that was asked for.</exception>
    ValueTask<bool> RunAsync(ISocket socket);
}
