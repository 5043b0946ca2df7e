using System.Buffers;
using SniForward.Selecting;

namespace SniForward;

/// <summary>What one connection has borrowed of its engine's pools. A field that is not read-only: it changes.</summary>
/// <param name="parts">Whose pools they are.</param>
internal struct Loans(ConnectionParts parts)
{
    private FirstFlight? _flight;
    private FirstFlight? _request;
    private Opening? _opening;
    private ArrayBufferWriter<byte>? _answer;

    /// <summary>What was read of the client; null if nothing was.</summary>
    public readonly FirstFlight? Flight => _flight;

    /// <summary>What was read inside its TLS, which ends here; null if it does not.</summary>
    public readonly FirstFlight? Request => _request;

    /// <summary>What the server is sent before the client's bytes; null if nothing is.</summary>
    public readonly Opening? Opening => _opening;

    public FirstFlight RentFlight() => _flight ??= parts.FirstFlights.Rent();

    public FirstFlight RentRequest() => _request ??= parts.FirstFlights.Rent();

    public Opening RentOpening() => _opening ??= parts.Openings.Rent();

    /// <summary>Where what the client is told is written.</summary>
    public ArrayBufferWriter<byte> RentAnswer() => _answer ??= parts.Answers.Rent();

    public void ReturnRequest() => Return(ref _request);

    public void ReturnFlights()
    {
        Return(ref _flight);
        Return(ref _request);
    }

    public void ReturnOpening()
    {
        if (_opening is null) return;
        _opening.Clear();
        parts.Openings.Return(_opening);
        _opening = null;
    }

    public void ReturnAnswer()
    {
        if (_answer is null) return;
        _answer.ResetWrittenCount();
        parts.Answers.Return(_answer);
        _answer = null;
    }

    private readonly void Return(ref FirstFlight? flight)
    {
        if (flight is null) return;
        flight.End();
        parts.FirstFlights.Return(flight);
        flight = null;
    }
}
