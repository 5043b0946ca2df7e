using SniForward.Framing;

namespace SniForward.Exchanging;

/// <summary>A request, as far as it has been read.</summary>
/// <param name="Method">Its method, if that is known.</param>
/// <param name="Bytes">What the server is sent first: the head, and what came with it of the body.</param>
/// <param name="Body">The body behind those.</param>
internal readonly record struct Request(RequestMethod Method, ReadOnlyMemory<byte> Bytes, BodyReader Body)
{
    /// <summary>A request by its head, what the server is sent first, and the body behind that.</summary>
    public static Request Of(in RequestHead head, ReadOnlyMemory<byte> bytes, in BodyReader body)
    {
        var wantsUpgrade = head is { WantsUpgrade: true, OffersH2c: false } && body.HasEnded;
        return new Request(head.Method, bytes, body)
        {
            IsHttp10 = head.IsHttp10,
            KeepsAlive = head.KeepsAlive,
            ExpectsContinue = head.ExpectsContinue,
            WantsUpgrade = wantsUpgrade,
            MayTunnel = wantsUpgrade || head.Method is RequestMethod.Connect,
        };
    }

    /// <summary>Whether an answer of 1xx is nothing to its client.</summary>
    public bool IsHttp10 { get; init; }

    /// <summary>Whether the client may send another one after it.</summary>
    public bool KeepsAlive { get; init; }

    /// <summary>Whether the client keeps the body back until it is told to go on.</summary>
    public bool ExpectsContinue { get; init; }

    /// <summary>Whether it may be answered by another protocol: upgraded, or a tunnel.</summary>
    public bool MayTunnel { get; init; }

    /// <summary>Whether an answer of 101 is one.</summary>
    public bool WantsUpgrade { get; init; }

    /// <summary>Whether it may be sent again as it is: nothing but <see cref="Bytes"/>, and to ask twice does no harm.</summary>
    public bool MayRepeat => Body.HasEnded && Method.IsIdempotent();
}
