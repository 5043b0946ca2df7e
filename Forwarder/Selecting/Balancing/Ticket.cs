namespace SniForward.Selecting.Balancing;

/// <summary>What a connection brings to the choice of its server; the same at each attempt.</summary>
/// <param name="Turn">Its number in the order of arrival, wherever it came in; only round-robin and ties ask for it.</param>
/// <param name="Client">The hash of its client; 0 unless the backend asks for it.</param>
internal readonly record struct Ticket(uint Turn, ulong Client);
