using SniForward.Admin.Api;
using SniForward.Startup.Status;

namespace SniForward.Tests.Startup.Status;

public sealed class StatusTextTests
{
    [Fact]
    public void It_is_one_screen_in_columns()
    {
        var overview = new Overview(
            "1.2.3", "serving", 93_700, "/etc/sniforward/forward.toml", 12, 3456, 7, 1024, 5 * 1024 * 1024,
            [new ListenerView("web", ["0.0.0.0:443", "[::]:443"], 12, 3456, 7)],
            [new RouteView("0", ["a.example", "*.b.example"], "api", "passed through", 10, 3000, 1000, 2000), new RouteView("default", ["default"], "localhost:8888", "passed through", 2, 449, 24, 3048)],
            [new ServerView("api", "10.0.0.1:443", "up", "in", 1, 10, 3000, 1000, 2000), new ServerView("localhost:8888", "localhost:8888", "up", "draining", 1, 2, 449, 24, 3048)]);

        Assert.Equal(
            """
            serving, version 1.2.3, up for 1d 2h, /etc/sniforward/forward.toml
            connections: 12 open, 3,456 accepted, 7 refused; 1.00 KiB from clients, 5.00 MiB to clients

            LISTENER  OPEN  ACCEPTED  REFUSED  ADDRESSES
            web       12    3,456     7        0.0.0.0:443, [::]:443

            ROUTE                   BACKEND         OPEN  TOTAL  FROM CLIENTS  TO CLIENTS
            a.example, *.b.example  api             10    3,000  1000 B        1.95 KiB
            default                 localhost:8888  2     449    24 B          2.98 KiB

            SERVER          BACKEND         STATE     OPEN  TOTAL  FROM CLIENTS  TO CLIENTS
            10.0.0.1:443    api             up        10    3,000  1000 B        1.95 KiB
            localhost:8888  localhost:8888  draining  2     449    24 B          2.98 KiB

            """,
            StatusText.Of(overview));
    }

    [Fact]
    public void What_there_is_none_of_has_no_table() =>
        Assert.Equal(2, StatusText.Of(new Overview("1", "starting", 1, "f", 0, 0, 0, 0, 0, [], [], [])).Count(c => c == '\n'));
}
