using System.Buffers.Binary;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace SniForward.Tests.EndToEnd;

/// <summary>A collector of figures by OTLP, over HTTP/1.1 or gRPC, on loopback.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<Sending> _received = Channel.CreateUnbounded<Sending>();

    private OtlpCollector(bool isGrpc, int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, port, listen => listen.Protocols = isGrpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        _app = builder.Build();
        _app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            // gRPC has a flag and a length before its message.
            var message = isGrpc ? body.ToArray()[5..] : body.ToArray();
            if (isGrpc) Assert.Equal(message.Length, BinaryPrimitives.ReadInt32BigEndian(body.ToArray().AsSpan(1)));
            _received.Writer.TryWrite(new Sending(context.Request.Path, context.Request.Headers.ToDictionary(field => field.Key, field => field.Value.ToString()), message));
            context.Response.StatusCode = Status;
            if (!isGrpc) return;
            context.Response.ContentType = "application/grpc";
            context.Response.AppendTrailer("grpc-status", "0");
            await context.Response.Body.WriteAsync(new byte[5]);
        });
    }

    /// <summary>What it answers.</summary>
    public int Status { get; set; } = StatusCodes.Status200OK;

    public Uri Url => new(_app.Urls.Single());

    /// <param name="isGrpc">Whether it speaks gRPC, or else OTLP/HTTP.</param>
    /// <param name="port">0: any that is free.</param>
    public static async Task<OtlpCollector> StartAsync(bool isGrpc = false, int port = 0)
    {
        var collector = new OtlpCollector(isGrpc, port);
        await collector._app.StartAsync(TestContext.Current.CancellationToken);
        return collector;
    }

    public async Task<Sending> ReceiveAsync() => await _received.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().InTimeAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>What was sent at one time.</summary>
    public sealed record Sending(string Path, IReadOnlyDictionary<string, string> Headers, byte[] Message)
    {
        /// <summary>The attributes of the resource.</summary>
        public Dictionary<string, string> Resource() =>
            Message.Fields(1).SelectMany(metrics => metrics.Fields(1)).SelectMany(resource => resource.Fields(1)).ToDictionary(Key, Text);

        /// <summary>The sum of the points of a counter or a gauge of whole numbers; null if it is not there.</summary>
        public long? Sum(string metric)
        {
            var points = Message.Fields(1).SelectMany(metrics => metrics.Fields(2)).SelectMany(scope => scope.Fields(2))
                .Where(one => System.Text.Encoding.UTF8.GetString(one.Fields(1).Single()) == metric)
                .SelectMany(one => one.Fields(7).Concat(one.Fields(5))).SelectMany(data => data.Fields(1)).ToList();
            return points.Count == 0 ? null : points.Sum(point => BinaryPrimitives.ReadInt64LittleEndian(point.Fields(6).Single()));
        }

        private static string Key(byte[] attribute) => System.Text.Encoding.UTF8.GetString(attribute.Fields(1).Single());

        private static string Text(byte[] attribute) => System.Text.Encoding.UTF8.GetString(attribute.Fields(2).Single().Fields(1).SingleOrDefault([]));
    }
}

/// <summary>Reads Protocol Buffers without a schema.</summary>
internal static class ProtobufFields
{
    /// <summary>The values of one field of a message, in order: of a varint none, of all others their bytes.</summary>
    public static List<byte[]> Fields(this byte[] message, int number)
    {
        var values = new List<byte[]>();
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message, ref at);
            var length = (tag & 7) switch
            {
                0 => (int)(Varint(message, ref at) * 0),
                1 => 8,
                5 => 4,
                _ => (int)Varint(message, ref at),
            };
            if (tag >> 3 == (ulong)number) values.Add(message[at..(at + length)]);
            at += length;
        }
        return values;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        var (value, shift) = (0UL, 0);
        do value |= (ulong)(message[at] & 0x7F) << shift;
        while (message[at++] >= 0x80 && (shift += 7) < 64);
        return value;
    }
}
