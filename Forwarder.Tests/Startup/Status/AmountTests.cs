using SniForward.Startup.Status;

namespace SniForward.Tests.Startup.Status;

public sealed class AmountTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1.00 KiB")]
    [InlineData(15 * 1024, "15.0 KiB")]
    [InlineData(150 * 1024 * 1024, "150 MiB")]
    [InlineData(long.MaxValue, "8192 PiB")]
    public void Bytes_have_three_digits_and_a_unit(long bytes, string expected) => Assert.Equal(expected, Amount.Bytes(bytes));

    [Theory]
    [InlineData(0, "0 bit/s")]
    [InlineData(125, "1.00 kbit/s")]
    [InlineData(1.25e9, "10.0 Gbit/s")]
    public void Rates_are_of_bits(double bytesPerSecond, string expected) => Assert.Equal(expected, Amount.BitsPerSecond(bytesPerSecond));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1234567, "1,234,567")]
    public void Counts_are_grouped(long count, string expected) => Assert.Equal(expected, Amount.Count(count));

    [Theory]
    [InlineData(0.25, "0.3s")]
    [InlineData(59.9, "59.9s")]
    [InlineData(61, "1min 1s")]
    [InlineData(3600 * 5 + 65, "5h 1min")]
    [InlineData(86400 * 3 + 3600, "3d 1h")]
    [InlineData(-1, "0.0s")]
    public void Durations_have_their_two_largest_units(double seconds, string expected) => Assert.Equal(expected, Amount.Duration(seconds));
}
