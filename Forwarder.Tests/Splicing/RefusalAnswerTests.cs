using System.Text;
using SniForward.Splicing;
using SniForward.Telemetry;

namespace SniForward.Tests.Splicing;

public sealed class RefusalAnswerTests
{
    private static readonly Dictionary<ConnectionEnd, (int Alert, int Status)> Expected = new()
    {
        [ConnectionEnd.NoRoute] = (112, 421),
        [ConnectionEnd.NoName] = (112, 400),
        [ConnectionEnd.Malformed] = (50, 400),
        [ConnectionEnd.TooLarge] = (22, 431),
        [ConnectionEnd.PeekTimeout] = (0, 408),
        [ConnectionEnd.ClientEndedEarly] = (0, 400),
        [ConnectionEnd.ProtocolNotAccepted] = (10, 400),
        [ConnectionEnd.BackendUnreachable] = (80, 502),
        [ConnectionEnd.BackendFull] = (80, 503),
        [ConnectionEnd.BackendTimeout] = (80, 504),
        [ConnectionEnd.ClientLimit] = (80, 429),
        [ConnectionEnd.InternalError] = (80, 500),
    };

    [Fact]
    public void Each_end_is_told_as_the_reference_says_and_the_others_are_told_nothing()
    {
        foreach (var end in Enum.GetValues<ConnectionEnd>())
        {
            var (alert, status) = Expected.GetValueOrDefault(end);
            var tls = RefusalAnswer.ToTls(end);
            var http = Encoding.ASCII.GetString(RefusalAnswer.ToHttp(end).Span);

            Assert.Equal(alert, tls.IsEmpty ? 0 : tls.Span[^1]);
            Assert.Equal(status, http.Length == 0 ? 0 : int.Parse(http[9..12], System.Globalization.CultureInfo.InvariantCulture));
        }
    }
}
