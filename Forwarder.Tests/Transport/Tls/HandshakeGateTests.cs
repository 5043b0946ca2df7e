using SniForward.Transport.Tls;

namespace SniForward.Tests.Transport.Tls;

public sealed class HandshakeGateTests
{
    private readonly HandshakeGate _gate = new(places: 2, line: 1);

    [Fact]
    public async Task As_many_enter_as_there_are_places_and_as_many_wait_as_the_line_is_long()
    {
        Assert.True(_gate.TryEnter(out var first, CancellationToken.None));
        Assert.True(_gate.TryEnter(out var second, CancellationToken.None));
        Assert.True(_gate.TryEnter(out var third, CancellationToken.None));
        Assert.False(_gate.TryEnter(out _, CancellationToken.None));
        Assert.True(await first && await second);
        Assert.False(third.IsCompleted);

        _gate.Leave();

        Assert.True(await third.InTimeAsync());
        Assert.Equal(2, _gate.Running);
    }

    [Fact]
    public async Task Who_goes_on_goes_before_who_begins()
    {
        _gate.TryEnter(out _, CancellationToken.None);
        _gate.TryEnter(out _, CancellationToken.None);
        _gate.TryEnter(out var beginning, CancellationToken.None);
        var goingOn = _gate.ReturnAsync();

        _gate.Leave();
        await goingOn.InTimeAsync();
        Assert.False(beginning.IsCompleted);

        _gate.Leave();
        Assert.True(await beginning.InTimeAsync());
    }

    [Fact]
    public async Task Who_was_cancelled_gets_no_place_and_keeps_nobody_from_one()
    {
        using var cancel = new CancellationTokenSource();
        _gate.TryEnter(out _, CancellationToken.None);
        _gate.TryEnter(out _, CancellationToken.None);
        _gate.TryEnter(out var cancelled, cancel.Token);
        await cancel.CancelAsync();
        Assert.False(await cancelled.InTimeAsync());

        Assert.True(_gate.TryEnter(out var next, CancellationToken.None));
        _gate.Leave();
        Assert.True(await next.InTimeAsync());

        _gate.Leave();
        _gate.Leave();
        Assert.Equal(0, _gate.Running);
    }
}
