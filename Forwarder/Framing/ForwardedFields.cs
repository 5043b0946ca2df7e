using System.Buffers;
using System.Net;
using SniForward.Peeking;

namespace SniForward.Framing;

/// <summary>What a server is told of the client, by fields of its request.</summary>
/// <param name="Style">By which fields.</param>
/// <param name="KeepsEarlier">
/// Whether the client is a proxy that is trusted, so that what it says of its own clients is sent on, in front of what
/// is said of it. Otherwise every such field of its is left out, of either style.
/// </param>
/// <param name="Client">The client's address; null if it has none, on a unix socket.</param>
/// <param name="IsTls">Whether the client speaks TLS.</param>
internal readonly record struct ForwardedFields(ForwardedStyle Style, bool KeepsEarlier, IPAddress? Client, bool IsTls)
{
    private const FieldKinds All = FieldKinds.XForwarded | FieldKinds.Forwarded;

    /// <summary>The fields of the client's that are left out, or written anew.</summary>
    public FieldKinds LeftOut => (Style, KeepsEarlier) switch
    {
        (ForwardedStyle.Off, _) => FieldKinds.None,
        (_, false) => All,
        (ForwardedStyle.XForwarded, true) => FieldKinds.XForwardedFor,
        _ => FieldKinds.Forwarded,
    };

    private ReadOnlySpan<byte> Scheme => IsTls ? "https"u8 : "http"u8;

    /// <summary>Writes the fields.</summary>
    public void Write(in ReadOnlySequence<byte> received, in RequestHead head, IBufferWriter<byte> output)
    {
        if (Style is ForwardedStyle.XForwarded) WriteXForwarded(received, head, output);
        else if (Style is ForwardedStyle.Forwarded) WriteForwarded(received, head, output);
    }

    private void WriteXForwarded(in ReadOnlySequence<byte> received, in RequestHead head, IBufferWriter<byte> output)
    {
        var earlier = KeepsEarlier ? head.Fields & FieldKinds.XForwarded : FieldKinds.None;
        output.Write("X-Forwarded-For: "u8);
        if ((earlier & FieldKinds.XForwardedFor) != 0) FieldValues.Write(received, FieldKinds.XForwardedFor, output);
        WriteClient(output);
        output.Write("\r\n"u8);

        // What a proxy in front says is of its client, and counts.
        if ((earlier & FieldKinds.XForwardedProto) == 0)
        {
            output.Write("X-Forwarded-Proto: "u8);
            output.Write(Scheme);
            output.Write("\r\n"u8);
        }

        if ((earlier & FieldKinds.XForwardedHost) == 0 && !head.Host.IsEmpty)
        {
            output.Write("X-Forwarded-Host: "u8);
            foreach (var segment in head.Host.Of(received)) output.Write(segment.Span);
            output.Write("\r\n"u8);
        }
    }

    /// <summary>RFC 7239 §4: an address of IPv6 and a host with a port are quoted.</summary>
    private void WriteForwarded(in ReadOnlySequence<byte> received, in RequestHead head, IBufferWriter<byte> output)
    {
        output.Write("Forwarded: "u8);
        if (KeepsEarlier && (head.Fields & FieldKinds.Forwarded) != 0) FieldValues.Write(received, FieldKinds.Forwarded, output);
        output.Write("for="u8);
        var isIPv6 = Client is { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false };
        if (isIPv6) output.Write("\"["u8);
        WriteClient(output);
        if (isIPv6) output.Write("]\""u8);
        if (!head.Host.IsEmpty)
        {
            output.Write(";host="u8);
            WriteHost(received, head.Host, output);
        }
        output.Write(";proto="u8);
        output.Write(Scheme);
        output.Write("\r\n"u8);
    }

    private void WriteClient(IBufferWriter<byte> output)
    {
        if (Client is null)
        {
            output.Write("unknown"u8);
            return;
        }

        const int MaxLength = 64;
        Span<byte> text = stackalloc byte[MaxLength];
        Client.TryFormat(text, out var length);
        ReadOnlySpan<byte> address = text[..length];
        if (Client.IsIPv4MappedToIPv6) address = address[(address.LastIndexOf((byte)':') + 1)..];

        // A zone means something on this machine only.
        var zone = address.IndexOf((byte)'%');
        output.Write(zone < 0 ? address : address[..zone]);
    }

    private static void WriteHost(in ReadOnlySequence<byte> received, ByteRange range, IBufferWriter<byte> output)
    {
        Span<byte> host = stackalloc byte[PeekResult.MaxNameLength];
        host = host[..range.Length];
        range.Of(received).CopyTo(host);
        if (Token.Is(host))
        {
            output.Write(host);
            return;
        }

        output.Write("\""u8);
        foreach (ref readonly var each in host)
        {
            if (each is (byte)'"' or (byte)'\\') output.Write("\\"u8);
            output.Write(new ReadOnlySpan<byte>(in each));
        }
        output.Write("\""u8);
    }
}
