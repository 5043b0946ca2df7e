using SniForward.Startup.Configuration;

namespace SniForward.Tests.Startup.Configuration;

public sealed class ConfigHintTests
{
    [Theory]
    [InlineData("bakend", "backend")]
    [InlineData("backned", "backend")]
    [InlineData("BACKEND", "backend")]
    [InlineData("half-closed", "half_closed")]
    [InlineData("host", "hosts")]
    [InlineData("info", "information")]
    [InlineData("nothing", null)]
    [InlineData("x", null)]
    [InlineData("", null)]
    public void The_nearest_word_is_named_if_one_is_near(string word, string? nearest) =>
        Assert.Equal(nearest, ConfigHint.Nearest(word, ["hosts", "backend", "half_closed", "information", "b"]));

    [Fact]
    public void Of_several_the_nearest_wins() =>
        Assert.Equal("backend-12", ConfigHint.Nearest("backend-11", ["backend", "backend-99", "backend-12"]));

    [Fact]
    public void Very_long_words_have_no_hint() =>
        Assert.Null(ConfigHint.Nearest(new string('a', 65), [new string('a', 64)]));
}
