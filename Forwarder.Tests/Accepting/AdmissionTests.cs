using System.Net;
using Microsoft.Extensions.Time.Testing;
using SniForward.Accepting;

namespace SniForward.Tests.Accepting;

public sealed class AdmissionTests
{
    [Theory]
    [InlineData("", "", "192.0.2.1", true)]
    [InlineData("", "10.0.0.0/8", "10.1.1.1", false)]
    [InlineData("", "10.0.0.0/8", "::ffff:10.1.1.1", false)]
    [InlineData("", "10.0.0.0/8", "192.0.2.1", true)]
    [InlineData("10.0.0.0/8", "", "10.1.1.1", true)]
    [InlineData("10.0.0.0/8", "", "192.0.2.1", false)]
    [InlineData("10.0.0.0/8", "", "2001:db8::1", false)]
    [InlineData("10.0.0.0/8", "10.0.0.0/8", "10.1.1.1", false)]
    [InlineData("10.0.0.0/8", "10.1.0.0/16", "10.1.1.1", false)]
    [InlineData("10.0.0.0/8", "10.1.0.0/16", "10.2.1.1", true)]
    [InlineData("10.1.0.0/16", "10.0.0.0/8", "10.1.1.1", true)]
    [InlineData("10.1.0.0/16", "10.0.0.0/8", "10.2.1.1", false)]
    [InlineData("10.1.0.0/16", "10.0.0.0/8", "192.0.2.1", false)]
    [InlineData("10.0.0.0/8 10.1.1.1/32", "10.1.0.0/16", "10.1.1.1", true)]
    [InlineData("10.0.0.0/8 10.1.1.1/32", "10.1.0.0/16", "10.1.1.2", false)]
    [InlineData("0.0.0.0/0 ::/0", "2001:db8::/32", "2001:db8::1", false)]
    [InlineData("0.0.0.0/0 ::/0", "2001:db8::/32", "2001:db9::1", true)]
    public void The_most_specific_network_decides_and_of_the_same_one_deny(string allow, string deny, string client, bool allowed)
    {
        var admission = new Admission(new AdmissionRules(Networks(allow), Networks(deny), maxConnections: 0), NoLimits());

        Assert.Equal(allowed ? AdmissionVerdict.Admitted : AdmissionVerdict.Denied, admission.Admit(IPAddress.Parse(client), out _, out _));
    }

    [Theory]
    [InlineData("", "", false)]
    [InlineData("::1/128", "", true)]
    [InlineData("", "::1/128", true)]
    public void It_matters_who_a_client_is_if_any_network_is_named(string allow, string deny, bool asks) =>
        Assert.Equal(asks, new Admission(new AdmissionRules(Networks(allow), Networks(deny), maxConnections: 0), NoLimits()).AsksForClient);

    [Fact]
    public void A_client_that_is_denied_is_not_counted()
    {
        var clients = new ClientLimits(maxOpen: 1, perSecond: 0, burst: 1, new FakeTimeProvider());
        var admission = new Admission(new AdmissionRules([], Networks("10.0.0.0/8"), maxConnections: 0), clients);

        Assert.Equal(AdmissionVerdict.Denied, admission.Admit(IPAddress.Parse("10.1.1.1"), out var counted, out _));
        Assert.Null(counted);
        Assert.Equal(0, clients.Count);
    }

    [Fact]
    public void Other_rules_count_who_is_in_already()
    {
        var admission = new Admission(new AdmissionRules([], [], maxConnections: 2), NoLimits());
        Assert.True(admission.TryEnter(out var isCounted));

        admission.Use(new AdmissionRules([], [], maxConnections: 1));
        Assert.False(admission.TryEnter(out _));
        admission.Leave(isCounted, counted: null);
        Assert.True(admission.TryEnter(out _));

        admission.Use(new AdmissionRules([], [], maxConnections: 0));
        Assert.True(admission.TryEnter(out var isFree));
        Assert.False(isFree);
    }

    [Fact]
    public void Other_limits_of_clients_count_who_is_in_already()
    {
        var clients = new ClientLimits(maxOpen: 2, perSecond: 0, burst: 1, new FakeTimeProvider());
        var admission = new Admission(new AdmissionRules([], [], maxConnections: 0), clients);
        var client = IPAddress.Parse("192.0.2.1");
        Assert.Equal(AdmissionVerdict.Admitted, admission.Admit(client, out var counted, out _));

        clients.Use(maxOpen: 1, perSecond: 0, burst: 1);

        Assert.Equal(AdmissionVerdict.ClientLimit, admission.Admit(client, out var second, out _));
        admission.Leave(false, second);
        admission.Leave(false, counted);
        Assert.Equal(AdmissionVerdict.Admitted, admission.Admit(client, out _, out _));
        clients.Use(maxOpen: 0, perSecond: 0, burst: 1);
        Assert.Equal(AdmissionVerdict.Admitted, admission.Admit(client, out counted, out _));
        Assert.Null(counted);
    }

    private static ClientLimits NoLimits() => new(maxOpen: 0, perSecond: 0, burst: 1, new FakeTimeProvider());

    private static IPNetwork[] Networks(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IPNetwork.Parse)];
}
