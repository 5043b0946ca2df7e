using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SniForward.Tests.EndToEnd;

/// <summary>A server that says its name and sends back what it gets, and answers health checks as the test says.</summary>
internal sealed class CheckedServer : IDisposable
{
    private readonly string _name;
    private readonly TestServer _server;
    private readonly byte[] _start;
    private int _checks;
    private int _served;

    /// <param name="name">What it says first.</param>
    /// <param name="start">What every connection must begin with.</param>
    /// <param name="address">Where it listens; null: on a port of its own.</param>
    public CheckedServer(string name, string start = "", EndPoint? address = null)
    {
        (_name, _start) = (name, Encoding.Latin1.GetBytes(start));
        _server = TestServer.Start(ServeAsync, address);
    }

    public string Address => $"127.0.0.1:{_server.Port}";

    /// <summary>The HTTP status of the answer to the check of a number, from 1.</summary>
    public Func<int, int> Status { get; set; } = _ => 200;

    /// <summary>How many checks there were.</summary>
    public int Checks => Volatile.Read(ref _checks);

    /// <summary>How many clients it had.</summary>
    public int Served => Volatile.Read(ref _served);

    public void Dispose() => _server.Dispose();

    private async Task ServeAsync(NetworkStream stream)
    {
        var start = new byte[_start.Length];
        await stream.ReadExactlyAsync(start);
        if (!start.SequenceEqual(_start)) return;
        var head = new byte[4096];
        var length = await stream.ReadAsync(head);
        if (head.AsSpan(0, length).StartsWith("GET /healthz "u8))
        {
            var status = Status(Interlocked.Increment(ref _checks));
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 {status} \r\nContent-Length: 0\r\n\r\n"));
            return;
        }
        Interlocked.Increment(ref _served);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(_name + "\n"));
        await stream.WriteAsync(head.AsMemory(0, length));
        await stream.CopyToAsync(stream);
    }
}
