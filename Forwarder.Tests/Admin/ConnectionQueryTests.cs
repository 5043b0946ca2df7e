using SniForward.Admin;
using SniForward.Admin.Api;

namespace SniForward.Tests.Admin;

public sealed class ConnectionQueryTests
{
    private static readonly ConnectionView[] All =
    [
        View(1, age: 5, up: 30, down: 1) with { Name = "one.example", Listener = "web" },
        View(2, age: 9, up: 10, down: 3) with { Name = "two.example", Server = "10.0.0.7:443" },
        View(3, age: 1, up: 20, down: 2) with { Client = "203.0.113.9:4711", Backend = "Api" },
    ];

    [Theory]
    [InlineData(null, null, new long[] { 2, 1, 3 })]
    [InlineData("age", "ascending", new long[] { 3, 1, 2 })]
    [InlineData("up", "descending", new long[] { 1, 3, 2 })]
    [InlineData("down", "ascending", new long[] { 1, 3, 2 })]
    [InlineData("nonsense", "nonsense", new long[] { 2, 1, 3 })]
    public void They_are_sorted_as_asked(string? sort, string? order, long[] expected) =>
        Assert.Equal(expected, ConnectionQuery.Of(null, sort, order).Answer(All).Connections.Select(connection => connection.Id));

    [Theory]
    [InlineData("ONE", new long[] { 1 })]
    [InlineData(" example ", new long[] { 1, 2 })]
    [InlineData("10.0.0.7", new long[] { 2 })]
    [InlineData("4711", new long[] { 3 })]
    [InlineData("api", new long[] { 3 })]
    [InlineData("web", new long[] { 1 })]
    [InlineData("none", new long[0])]
    public void The_filter_looks_at_every_name_and_address_without_regard_to_case(string filter, long[] expected)
    {
        var answer = ConnectionQuery.Of(filter, null, null).Answer(All);

        Assert.Equal(expected, answer.Connections.Select(connection => connection.Id).Order());
        Assert.Equal((3, expected.Length), (answer.Open, answer.Matching));
    }

    [Fact]
    public void No_more_than_the_most_are_answered()
    {
        var many = Enumerable.Range(1, ConnectionQuery.Most + 50).Select(id => View(id, age: id, up: 0, down: 0)).ToArray();

        var answer = ConnectionQuery.Of(null, null, null).Answer(many);

        Assert.Equal((many.Length, many.Length, ConnectionQuery.Most), (answer.Open, answer.Matching, answer.Connections.Count));
        Assert.Equal(many.Length, answer.Connections[0].Id);
    }

    private static ConnectionView View(long id, double age, long up, long down) =>
        new(id, "-", "-", "-", "-", "-", "-", "-", "-", up, down, age);
}
