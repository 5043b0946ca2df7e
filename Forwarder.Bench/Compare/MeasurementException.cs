namespace SniForward.Bench.Compare;

/// <summary>Something could not be measured; the comparison goes on without it.</summary>
internal sealed class MeasurementException(string message) : Exception(message);
