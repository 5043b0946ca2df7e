using SniForward.Startup;

namespace SniForward.Tests.Startup;

public sealed class InheritedSocketsTests
{
    [Theory]
    [InlineData(null, null, null)]
    [InlineData(null, "1", null)]
    [InlineData("42", null, null)]
    [InlineData("43", "1", "web")]
    [InlineData("42", "0", null)]
    [InlineData("42", "1", null, "unknown")]
    [InlineData("42", "2", "web", "web", "unknown")]
    [InlineData("42", "3", "web::tls", "web", "unknown", "tls")]
    [InlineData("42", "1", "web:more", "web")]
    public void The_variables_give_names_to_the_descriptors_of_the_process_that_they_mean(string? pid, string? descriptors, string? names, params string[] expected)
    {
        var given = ListenVariables.Read(pid, descriptors, names, process: 42);

        Assert.Equal(expected, given.Names);
        Assert.Null(given.Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData(" 1")]
    [InlineData("4097")]
    [InlineData("99999999999")]
    public void A_number_that_is_none_is_an_error(string descriptors)
    {
        var given = ListenVariables.Read("42", descriptors, null, process: 42);

        Assert.Empty(given.Names);
        Assert.Equal($"LISTEN_FDS is \"{descriptors}\", which is no number up to 4096", given.Error);
    }

    [Fact]
    public void The_variables_are_taken_out_of_the_environment()
    {
        string[] variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"];
        // Of another process, so that nothing is taken of this one.
        foreach (var variable in variables) Environment.SetEnvironmentVariable(variable, "0");

        using var inherited = InheritedSockets.Take();

        Assert.All(variables, variable => Assert.Null(Environment.GetEnvironmentVariable(variable)));
        Assert.Empty(inherited.Unusable);
    }
}
