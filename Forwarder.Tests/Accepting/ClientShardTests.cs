using CsCheck;
using SniForward.Accepting;

namespace SniForward.Tests.Accepting;

public sealed class ClientShardTests
{
    private const long Interval = 100;

    [Fact]
    public void Beyond_the_bound_the_oldest_idle_client_is_forgotten_and_starts_with_a_full_bucket()
    {
        var shard = New(mostIdle: 3);
        for (var client = 0; client < 4; client++) ComeAndGo(shard, client);

        Assert.Equal(3, shard.Count);
        for (var client = 1; client < 4; client++) Assert.False(shard.TryEnter((UInt128)client, 1, out _));
        Assert.True(shard.TryEnter(0, 1, out _));
    }

    [Fact]
    public void Who_comes_again_is_no_longer_the_oldest()
    {
        var shard = New(mostIdle: 3);
        for (var client = 0; client < 3; client++) ComeAndGo(shard, client);
        ComeAndGo(shard, 0);
        ComeAndGo(shard, 3);

        Assert.False(shard.TryEnter(0, 1, out _));
        Assert.True(shard.TryEnter(1, 1, out _));
    }

    [Fact]
    public void Clients_with_open_connections_are_never_forgotten()
    {
        var shard = New(mostIdle: 3);
        for (var client = 0; client < 100; client++) shard.TryEnter((UInt128)client, 0, out _);
        for (var client = 100; client < 1_000; client++) ComeAndGo(shard, client);

        Assert.Equal(103, shard.Count);
        for (var client = 0; client < 100; client++) Assert.False(shard.TryEnter((UInt128)client, 1, out _));
    }

    [Fact]
    public void Idle_clients_with_full_buckets_are_dropped_as_others_enter()
    {
        var shard = New(mostIdle: 100);
        for (var client = 0; client < 100; client++) ComeAndGo(shard, client);
        Assert.Equal(100, shard.Count);

        for (var entry = 1; entry <= 50; entry++) shard.TryEnter(1_000, Interval, out _);

        Assert.Equal(1, shard.Count);
    }

    [Fact]
    public void A_client_whose_bucket_is_full_when_it_leaves_is_forgotten_at_once()
    {
        var shard = New(mostIdle: 3);
        shard.TryEnter(0, 0, out _);
        shard.Leave(0, Interval);

        Assert.Equal(0, shard.Count);
    }

    [Fact]
    public void Clients_that_crowd_each_other_out_allocate_nothing()
    {
        var shard = New(mostIdle: 64);
        var client = 0;
        for (; client < 1_000; client++) ComeAndGo(shard, client);

        Allocations.AssertNone(() => ComeAndGo(shard, client++));
    }

    [Fact]
    public void Any_order_of_events_has_the_outcome_of_the_naive_model() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 20], Gen.Int[1, 5], Gen.OneOf(1, 2, 4, 100), ClientModel.GenEvents)
            .Sample((maxOpen, interval, burst, mostIdle, events) =>
            {
                var shard = new ClientShard(maxOpen, interval, burst * interval, mostIdle);
                var model = new ClientModel(maxOpen, interval, burst * interval, mostIdle);
                var now = 0L;
                foreach (var (client, passes, enters) in events)
                {
                    now += passes;
                    if (enters)
                    {
                        Assert.Equal((model.TryEnter(client, now, out var wait), wait), (shard.TryEnter((UInt128)client, now, out var told), told));
                    }
                    else if (model.IsOpen(client))
                    {
                        model.Leave(client, now);
                        shard.Leave((UInt128)client, now);
                    }
                    Assert.Equal(model.Count, shard.Count);
                }
            }, iter: 20_000);

    /// <summary>One of a single token a client.</summary>
    private static ClientShard New(int mostIdle) => new(maxOpen: 0, Interval, burst: Interval, mostIdle);

    private static void ComeAndGo(ClientShard shard, int client)
    {
        shard.TryEnter((UInt128)client, 0, out _);
        shard.Leave((UInt128)client, 0);
    }
}
