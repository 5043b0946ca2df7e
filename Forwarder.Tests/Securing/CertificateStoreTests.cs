using CsCheck;
using SniForward.Securing;

namespace SniForward.Tests.Securing;

public sealed class CertificateStoreTests
{
    private static readonly TestAuthority Authority = new();

    [Fact]
    public void Names_are_normalised_and_addresses_among_them()
    {
        var certificate = Authority.Ecdsa("WWW.A.example", "*.B.example", "192.0.2.1", "2001:db8::1", "www.a.example");

        Assert.Equal(["www.a.example", "*.b.example", "192.0.2.1", "2001:db8::1"], certificate.Names);
        Assert.Equal(("ecdsa.pem", "ECDSA P-256", true), (certificate.Source, certificate.KeyType, certificate.IsEcdsa));
        Assert.Equal("RSA 2048", Authority.Rsa("a.example").KeyType);
        Assert.Empty(Authority.Ecdsa().Names);
    }

    [Theory]
    [InlineData("a.example", true)]
    [InlineData("x.b.example", true)]
    [InlineData("b.example", false)]
    [InlineData("y.x.b.example", false)]
    [InlineData("x.a.example", false)]
    [InlineData(".b.example", false)]
    [InlineData("192.0.2.1", true)]
    public void A_wildcard_covers_one_label(string name, bool covers) =>
        Assert.Equal(covers, Authority.Ecdsa("a.example", "*.b.example", "192.0.2.1").Covers(name));

    [Fact]
    public void Dates_are_in_universal_time()
    {
        var from = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var certificate = new ServerCertificate("", Authority.IssueEcdsa(from, from.AddDays(9), "a.example"), []);

        Assert.Equal((from, from.AddDays(9)), (certificate.NotBefore, certificate.NotAfter));
    }

    [Fact]
    public void The_first_of_all_has_its_sibling_of_the_other_kind()
    {
        var (rsa, other, ecdsa) = (Authority.Rsa("a.example"), Authority.Ecdsa("b.example"), Authority.Ecdsa("a.example"));
        var store = new CertificateStore([rsa, other, ecdsa]);

        Assert.Same(rsa, store.Find("", offersEcdsa: false));
        Assert.Same(ecdsa, store.Find("c.example", offersEcdsa: true));
    }

    [Fact]
    public void A_look_up_does_not_allocate()
    {
        var store = new CertificateStore([Authority.Rsa("a.example", "*.b.example"), Authority.Ecdsa("a.example")]);

        Allocations.AssertNone(() =>
        {
            store.Find("a.example", true);
            store.Find("x.b.example", false);
            store.Find("c.example", true);
        });
    }

    [Fact]
    public void Any_choice_is_that_of_a_search_through_all()
    {
        var names = new[] { "a.example", "b.example", "x.a.example", "*.a.example", "*.example", "*.x.a.example" };
        ServerCertificate[] pool =
        [
            .. names.Select(name => Authority.Ecdsa(name)), .. names.Select(name => Authority.Rsa(name)),
            Authority.Rsa("a.example", "*.a.example"), Authority.Ecdsa("*.example", "b.example"), Authority.Ecdsa(), Authority.Rsa(),
        ];
        var queries = new[] { "", "a.example", "b.example", "c.example", "x.a.example", "y.a.example", "y.x.a.example", "z.y.x.a.example", "example" };

        Gen.Select(Gen.OneOf(pool).Array[1, 8], Gen.OneOf(queries), Gen.Bool).Sample((certificates, name, offersEcdsa) =>
            Assert.Same(Search(certificates, name, offersEcdsa), new CertificateStore(certificates).Find(name, offersEcdsa)));
    }

    private static ServerCertificate Search(ServerCertificate[] all, string name, bool offersEcdsa)
    {
        var wildcard = $"*.{string.Join('.', name.Split('.').Skip(1))}";
        ServerCertificate[] fit = [.. all.Where(one => one.Names.Contains(name))];
        if (fit.Length == 0) fit = [.. all.Where(one => one.Names.Contains(wildcard))];
        if (fit.Length == 0) fit = [.. all.Where(one => one.Names.SequenceEqual(all[0].Names))];
        return fit.FirstOrDefault(one => one.IsEcdsa == offersEcdsa) ?? fit.FirstOrDefault(one => !one.IsEcdsa) ?? fit[0];
    }
}
