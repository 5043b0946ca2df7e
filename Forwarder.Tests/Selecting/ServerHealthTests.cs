using System.Net.Sockets;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using SniForward.Selecting.Health;

namespace SniForward.Tests.Selecting;

/// <summary>When a server is taken out, tried again and brought back, by its connections and by its checks.</summary>
public sealed class ServerHealthTests
{
    private const SocketError Refused = SocketError.ConnectionRefused;

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly List<HealthChange> _changes = [];
    private readonly ServerHealth _health;

    public ServerHealthTests() => _health = new ServerHealth(new HealthRules(Fall: 3, Rise: 2), _time, _changes.Add);

    [Fact]
    public void Connects_that_fail_in_a_row_take_it_out()
    {
        Fail(2);
        Assert.True(_health.IsUsable);
        Fail(1);

        Assert.False(_health.IsUsable);
        Assert.True(_health.IsSuspect);
        var change = Assert.Single(_changes);
        Assert.Equal((HealthVerdict.Out, HealthRules.FirstCoolDown), (change.Verdict, change.CoolDown));
        Assert.Equal("3 connections in a row failed, the last with ConnectionRefused", change.Why);
    }

    [Fact]
    public void One_that_succeeds_between_begins_the_row_anew()
    {
        Fail(2);
        _health.Connected();
        Fail(2);

        Assert.True(_health.IsUsable);
        Assert.Empty(_changes);
    }

    [Fact]
    public void It_is_left_alone_until_the_cool_down_is_over()
    {
        Fail(3);

        _time.Advance(HealthRules.FirstCoolDown - Moment);
        Assert.False(_health.TryTrial());
        _time.Advance(Moment);
        Assert.True(_health.TryTrial());
    }

    [Fact]
    public void A_fit_server_is_not_tried() => Assert.False(_health.TryTrial());

    [Fact]
    public void Each_trial_that_fails_doubles_the_cool_down_up_to_the_longest()
    {
        Fail(3);

        foreach (var seconds in (int[])[1, 2, 4, 8, 10, 10])
        {
            AssertCoolDown(seconds);
            _health.Failed(Refused, onTrial: true);
        }
        Assert.Single(_changes);
    }

    [Fact]
    public void A_connection_that_began_before_it_was_out_does_not_double_it()
    {
        Fail(5);

        AssertCoolDown(1);
    }

    [Fact]
    public void A_trial_that_succeeds_brings_it_back()
    {
        Fail(3);
        _time.Advance(HealthRules.FirstCoolDown);
        Assert.True(_health.TryTrial());

        _health.Connected();

        Assert.True(_health.IsUsable);
        Assert.False(_health.IsSuspect);
        Assert.Equal([HealthVerdict.Out, HealthVerdict.Back], Verdicts());
        Fail(2);
        Assert.True(_health.IsUsable);
    }

    [Fact]
    public void A_trial_that_came_to_nothing_leaves_the_next_to_another()
    {
        Fail(3);
        _time.Advance(HealthRules.FirstCoolDown);
        Assert.True(_health.TryTrial());
        Assert.False(_health.TryTrial());

        _health.EndTrial();

        Assert.True(_health.TryTrial());
    }

    [Fact]
    public void A_server_that_fails_again_soon_is_left_alone_for_longer_and_after_a_minute_that_is_forgotten()
    {
        FailAndRecover(coolDown: 1);
        _time.Advance(HealthRules.Forgotten - Moment);
        FailAndRecover(coolDown: 2);
        FailAndRecover(coolDown: 4);
        _time.Advance(HealthRules.Forgotten);
        FailAndRecover(coolDown: 1);
    }

    [Fact]
    public async Task Of_many_at_once_one_tries_it()
    {
        Fail(3);
        for (var round = 0; round < 200; round++)
        {
            _time.Advance(HealthRules.LongestCoolDown);
            using var start = new Barrier(4);
            var tries = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    return _health.TryTrial();
                },
                TestContext.Current.CancellationToken,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default))).InTimeAsync();

            Assert.Single(tries, isMine => isMine);
            if (round % 2 == 0) _health.EndTrial();
            else _health.Failed(Refused, onTrial: true);
        }
    }

    [Fact]
    public void Checks_that_fail_in_a_row_take_it_down_though_connects_succeed()
    {
        Check("HTTP: status 503, not 200", times: 2);
        _health.Connected();
        Assert.True(_health.IsUsable);
        Check("HTTP: status 503, not 200", times: 3);
        _health.Connected();

        Assert.False(_health.IsUsable);
        Assert.False(_health.IsSuspect);
        Assert.False(_health.TryTrial());
        Assert.Equal(new HealthChange(HealthVerdict.Down, "HTTP: status 503, not 200", TimeSpan.Zero), Assert.Single(_changes));
    }

    [Fact]
    public void A_check_that_passes_between_begins_the_row_anew()
    {
        Check("timeout", times: 2);
        Check(null);
        Check("timeout", times: 2);

        Assert.True(_health.IsUsable);
    }

    [Fact]
    public void Checks_bring_it_back_when_enough_in_a_row_pass()
    {
        Check("timeout", times: 3);

        Check(null);
        Check("timeout");
        Check(null);
        Assert.False(_health.IsUsable);
        Check(null);

        Assert.True(_health.IsUsable);
        Assert.Equal([HealthVerdict.Down, HealthVerdict.Back], Verdicts());
    }

    [Fact]
    public void One_check_that_passes_ends_what_connects_began()
    {
        Fail(3);

        Check(null);

        Assert.True(_health.IsUsable);
        Assert.Equal([HealthVerdict.Out, HealthVerdict.Back], Verdicts());
        Assert.Equal("its checks pass", _changes[^1].Why);
    }

    [Fact]
    public void A_connection_does_not_bring_back_what_checks_call_down()
    {
        Fail(3);
        Check("timeout", times: 3);

        _health.Connected();
        Assert.False(_health.IsUsable);
        Check(null, times: 2);

        Assert.True(_health.IsUsable);
        Assert.Equal([HealthVerdict.Out, HealthVerdict.Down, HealthVerdict.Back], Verdicts());
    }

    [Fact]
    public void Whatever_happens_it_is_as_the_model_says() =>
        Gen.Select(Gen.Int[1, 4], Gen.Int[1, 3], GenEvent.Array[0, 60]).Sample((fall, rise, events) =>
        {
            var time = new FakeTimeProvider();
            var changes = new List<HealthVerdict>();
            var health = new ServerHealth(new HealthRules(fall, rise), time, change => changes.Add(change.Verdict));
            var model = new Model(fall, rise);
            foreach (var (happening, seconds) in events)
            {
                switch (happening)
                {
                    case Event.Connects:
                        health.Connected();
                        model.Connects();
                        break;
                    case Event.Fails:
                        health.Failed(Refused, onTrial: false);
                        model.Fails();
                        break;
                    case Event.TrialFails or Event.TrialSucceeds or Event.TrialEnds:
                        var isTried = health.TryTrial();
                        Assert.Equal(model.MayBeTried, isTried);
                        if (!isTried) break;
                        Assert.False(health.TryTrial());
                        if (happening == Event.TrialEnds) health.EndTrial();
                        if (happening == Event.TrialFails) health.Failed(Refused, onTrial: true);
                        if (happening == Event.TrialFails) model.TrialFails();
                        if (happening == Event.TrialSucceeds) health.Connected();
                        if (happening == Event.TrialSucceeds) model.Connects();
                        break;
                    case Event.CheckPasses or Event.CheckFails:
                        health.Checked(happening == Event.CheckFails ? "timeout" : null);
                        model.Checked(happening == Event.CheckPasses);
                        break;
                    case Event.TimePasses:
                        time.Advance(TimeSpan.FromSeconds(seconds));
                        model.Now += seconds;
                        break;
                }
                Assert.Equal((!model.IsOut && !model.IsDown, model.IsOut && !model.IsDown), (health.IsUsable, health.IsSuspect));
            }
            Assert.Equal(model.Changes, changes);
        });

    private static readonly Gen<(Event Happening, int Seconds)> GenEvent = Gen.Select(
        Gen.Frequency(
            (2, Gen.Const(Event.Connects)), (6, Gen.Const(Event.Fails)), (3, Gen.Const(Event.TrialFails)), (2, Gen.Const(Event.TrialSucceeds)),
            (1, Gen.Const(Event.TrialEnds)), (3, Gen.Const(Event.CheckPasses)), (3, Gen.Const(Event.CheckFails)), (4, Gen.Const(Event.TimePasses))),
        Gen.OneOf(Gen.Int[1, 12], Gen.Int[50, 70]));

    private enum Event
    {
        Connects,
        Fails,
        TrialFails,
        TrialSucceeds,
        TrialEnds,
        CheckPasses,
        CheckFails,
        TimePasses,
    }

    private void Fail(int times)
    {
        for (var i = 0; i < times; i++) _health.Failed(Refused, onTrial: false);
    }

    private void Check(string? failure, int times = 1)
    {
        for (var i = 0; i < times; i++) _health.Checked(failure);
    }

    private void FailAndRecover(int coolDown)
    {
        Fail(3);
        AssertCoolDown(coolDown);
        _health.Connected();
    }

    /// <summary>A trial is had after so many seconds and not before.</summary>
    private void AssertCoolDown(int seconds)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds) - Moment);
        Assert.False(_health.TryTrial());
        _time.Advance(Moment);
        Assert.True(_health.TryTrial());
    }

    private IEnumerable<HealthVerdict> Verdicts() => _changes.Select(change => change.Verdict);

    /// <summary>The rules, in whole seconds and by rows of what happened.</summary>
    private sealed class Model(int fall, int rise)
    {
        private readonly List<bool> _checks = [];
        private int _failedInARow;
        private int _coolDown;
        private int _outSince;
        private int _backSince = int.MinValue / 2;

        public int Now { get; set; }

        public bool IsOut { get; private set; }

        public bool IsDown { get; private set; }

        public List<HealthVerdict> Changes { get; } = [];

        public bool MayBeTried => IsOut && !IsDown && Now >= _outSince + _coolDown;

        public void Connects()
        {
            _failedInARow = 0;
            if (IsOut && !IsDown) Changes.Add(HealthVerdict.Back);
            ComeBack();
        }

        public void Fails()
        {
            if (IsOut || ++_failedInARow < fall) return;
            (IsOut, _outSince) = (true, Now);
            _coolDown = Now - _backSince < 60 ? Math.Min(_coolDown * 2, 10) : 1;
            Changes.Add(HealthVerdict.Out);
        }

        public void TrialFails() => (_outSince, _coolDown) = (Now, Math.Min(_coolDown * 2, 10));

        public void Checked(bool passed)
        {
            _checks.Add(passed);
            if (passed && (IsDown ? InARow(true, rise) : IsOut))
            {
                IsDown = false;
                Changes.Add(HealthVerdict.Back);
                ComeBack();
                _failedInARow = 0;
            }
            else if (!passed && !IsDown && InARow(false, fall))
            {
                IsDown = true;
                Changes.Add(HealthVerdict.Down);
            }
        }

        private bool InARow(bool passed, int count) => _checks.Count >= count && _checks.TakeLast(count).All(check => check == passed);

        private void ComeBack()
        {
            if (IsOut) _backSince = Now;
            IsOut = false;
        }
    }
}
