using System.Net.Security;
using System.Security.Authentication;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using SniForward.Peeking;
using SniForward.Securing;

namespace SniForward.Tests.Securing;

public sealed class CertificateRenewalTests : IDisposable
{
    private const string Name = "a.example";

    private static readonly TestAuthority Authority = new();

    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward-").FullName;
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly List<ServerCertificate> _renewed = [];
    private readonly List<string> _refused = [];
    private readonly List<string> _expiring = [];
    private DateTime _written = DateTime.UtcNow;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_pair_that_was_changed_is_shown_from_the_next_look_on()
    {
        var old = Load("site", Name);
        var termination = NewTermination(old);
        using var renewal = Start([old], termination);
        Look();
        var options = termination.OptionsFor(Name, new TlsOffer(Ecdsa: true));
        Write("site", Name);
        Assert.Same(options, termination.OptionsFor(Name, new TlsOffer(Ecdsa: true)));

        Look();
        Look();

        Assert.Same(Assert.Single(_renewed), termination.Certificates.Find(Name, true));
        Assert.Same(_renewed[0].Context, termination.OptionsFor(Name, new TlsOffer(Ecdsa: true)).ServerCertificateContext);
        Assert.NotEqual(old.Certificate.Context.TargetCertificate.Thumbprint, _renewed[0].Context.TargetCertificate.Thumbprint);
        Allocations.AssertNone(() => termination.OptionsFor(Name, new TlsOffer(Ecdsa: true)));
        Assert.Empty(_refused);
    }

    [Fact]
    public void What_is_changed_after_it_was_loaded_and_before_the_start_is_seen()
    {
        var old = Load("site", Name);
        Write("site", Name);
        using var renewal = Start([old], NewTermination(old));

        Look();

        Assert.Single(_renewed);
    }

    [Fact]
    public void Half_of_a_pair_is_refused_once_and_the_whole_one_taken()
    {
        var old = Load("site", Name);
        var termination = NewTermination(old);
        using var renewal = Start([old], termination);
        Write("new", Name);

        Move("new.pem", "site.pem");
        Look();
        Look();
        Assert.Equal($"\"{PathOf("site.key")}\" does not belong to the certificate", Assert.Single(_refused));
        Assert.Same(old.Certificate, termination.Certificates.Find(Name, true));

        Move("new.key", "site.key");
        Look();
        Assert.Same(Assert.Single(_renewed), termination.Certificates.Find(Name, true));
        Assert.Single(_refused);
    }

    [Fact]
    public void Each_change_that_cannot_be_used_is_told()
    {
        var old = Load("site", Name);
        var termination = NewTermination(old);
        using var renewal = Start([old], termination);
        var whole = File.ReadAllText(PathOf("site.pem"));

        foreach (var length in new[] { 0, 10, whole.Length / 2, whole.Length - 20 })
        {
            WriteText("site.pem", whole[..length]);
            Look();
        }
        File.Delete(PathOf("site.pem"));
        Look();
        Assert.Same(old.Certificate, termination.Certificates.Find(Name, true));
        WriteText("site.pem", whole);
        Look();

        Assert.Equal(5, _refused.Count);
        Assert.Equal($"\"{PathOf("site.pem")}\" does not exist", _refused[^1]);
        Assert.Single(_renewed);
    }

    [Fact]
    public void The_files_from_before_need_not_be_loaded_again()
    {
        var old = Load("site", Name);
        using var renewal = Start([old], NewTermination(old));
        File.Move(PathOf("site.key"), PathOf("away.key"));
        Look();
        File.Move(PathOf("away.key"), PathOf("site.key"));
        Look();
        Assert.Empty(_renewed);
        File.Move(PathOf("site.key"), PathOf("away.key"));
        Look();

        Assert.Equal(2, _refused.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_link_that_is_swapped_is_a_change(bool ofFolder)
    {
        Directory.CreateDirectory(PathOf("1"));
        Directory.CreateDirectory(PathOf("2"));
        Write("1/site", Name);
        Write("2/site", Name);
        // Kubernetes swaps a link to the folder, certbot those to the files.
        Link("data", "1");
        foreach (var file in new[] { "site.pem", "site.key" }) Link(file, ofFolder ? $"data/{file}" : $"1/{file}");
        var old = LoadWritten("site");
        var termination = NewTermination(old);
        using var renewal = Start([old], termination);

        if (ofFolder) Link("data", "2");
        else foreach (var file in new[] { "site.pem", "site.key" }) Link(file, $"2/{file}");
        Look();

        Assert.Same(Assert.Single(_renewed), termination.Certificates.Find(Name, true));
        Assert.Empty(_refused);
    }

    [Fact]
    public void Routes_that_share_a_file_share_the_load()
    {
        var (shared, other) = (Load("shared", Name), Load("other", "b.example"));
        var store = new CertificateStore([shared.Certificate, other.Certificate]);
        var (first, second, own, unconcerned) = (new TlsTermination(store), new TlsTermination(store), NewTermination(shared), NewTermination(other));
        var origination = new TlsOrigination { ClientCertificate = shared.Certificate };
        using var renewal = Start([shared, other], [first, second, own, unconcerned], origination);
        var untouched = unconcerned.OptionsFor("", new TlsOffer(Ecdsa: true));
        Write("shared", Name);

        Look();

        var renewed = Assert.Single(_renewed);
        Assert.Same(first.Certificates, second.Certificates);
        Assert.Equal([renewed, other.Certificate], first.Certificates.All);
        Assert.Equal([renewed], own.Certificates.All);
        Assert.Same(renewed, origination.ClientCertificate);
        Assert.Same(renewed.Context, origination.OptionsFor("c.example").ClientCertificateContext);
        Assert.Same(untouched, unconcerned.OptionsFor("", new TlsOffer(Ecdsa: true)));
    }

    [Theory]
    [InlineData(true, false, true)]
    [InlineData(true, true, true)]
    [InlineData(false, false, true)]
    [InlineData(false, true, false)]
    public void A_certificate_must_go_on_to_cover_the_hosts_of_its_route(bool eachCoversAll, bool anotherCovers, bool refused)
    {
        var (old, other) = (Load("site", Name, "b.example"), Load("other", "c.example", anotherCovers ? "b.example" : "d.example"));
        var termination = new TlsTermination(new CertificateStore([old.Certificate, other.Certificate])) { Hosts = [Name, "b.example"], EachCoversAll = eachCoversAll };
        using var renewal = Start([old, other], termination);

        Write("site", Name);
        Look();
        Look();

        Assert.Equal(refused ? 0 : 1, _renewed.Count);
        if (refused) Assert.Equal($"it is for {Name} now, and not for \"b.example\", a host of its route", Assert.Single(_refused));
    }

    [Fact]
    public void The_password_is_read_again()
    {
        Write("site", Name);
        WriteText("password.txt", "first\n");
        WritePfx("first");
        var source = new CertificateSource(PathOf("site.pfx"), null, PathOf("password.txt"));
        Assert.True(source.TryLoad("site.pfx", out var old, out _));
        using var renewal = Start([old], NewTermination(old));

        WritePfx("second");
        Look();
        Assert.Contains("its password is wrong", Assert.Single(_refused), StringComparison.Ordinal);
        WriteText("password.txt", "second\n");
        Look();

        Assert.Single(_renewed);

        void WritePfx(string password)
        {
            using var pair = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPemFile(PathOf("site.pem"), PathOf("site.key"));
            File.WriteAllBytes(PathOf("site.pfx"), pair.Export(System.Security.Cryptography.X509Certificates.X509ContentType.Pfx, password));
            Touch("site.pfx");
        }
    }

    [Fact]
    public void Once_a_day_there_is_a_warning_of_what_expires()
    {
        var now = _time.GetUtcNow();
        Authority.IssueEcdsa(now.AddDays(-60), now.AddDays(22.5), Name).WritePem(PathOf("site.pem"), PathOf("site.key"));
        var (soon, later) = (LoadWritten("site"), Load("later", "b.example"));
        using var renewal = Start([soon, later], NewTermination(soon));

        for (var day = 0; day < 24; day++)
        {
            _time.Advance(CertificateRenewal.ExpiryInterval / 2);
            _time.Advance(CertificateRenewal.ExpiryInterval / 2);
        }

        Assert.Equal(23, _expiring.Count);
        Assert.StartsWith("expires on ", _expiring[0], StringComparison.Ordinal);
        Assert.EndsWith(", in 20 days; renew it", _expiring[0], StringComparison.Ordinal);
        Assert.StartsWith("expired on ", _expiring[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Twice_a_day_the_ticket_keys_are_others_whatever_is_renewed()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("Elsewhere the system changes them.");
        var old = Load("site", Name);
        var (termination, other) = (NewTermination(old), NewTermination(old));
        using var renewal = Start([old], [termination, other]);
        var before = termination.OptionsFor(Name, new TlsOffer(Ecdsa: true)).EnabledSslProtocols;

        _time.Advance(CertificateRenewal.TicketKeyLifetime);
        var after = termination.OptionsFor(Name, new TlsOffer(Ecdsa: true)).EnabledSslProtocols;
        Write("site", Name);
        Look();

        Assert.Equal(termination.Protocols, before);
        Assert.NotEqual(before, after);
        Assert.Equal(before, after & before);
        Assert.Equal(after, termination.OptionsFor(Name, new TlsOffer(Ecdsa: true)).EnabledSslProtocols);
        Assert.Equal(after, other.OptionsFor(Name, new TlsOffer(Ecdsa: true)).EnabledSslProtocols);
        Assert.Single(_renewed);
    }

    [Fact]
    public void Another_configuration_goes_on_with_certificates_whose_files_are_as_they_were()
    {
        var (same, changed) = (Load("same", Name), Load("changed", Name));
        var before = NewTermination(same);
        using var renewal = Start([same, changed], before);
        Write("same", Name);
        Look();
        Write("changed", Name);

        var (sameAgain, changedAgain) = (LoadWritten("same"), LoadWritten("changed"));
        var (terminations, originations) = renewal.Use(
            [sameAgain, changedAgain], [NewTermination(changedAgain), null, NewTermination(sameAgain)], [new() { ClientCertificate = sameAgain.Certificate }]);

        Assert.Equal([changedAgain.Certificate], terminations[0]!.Certificates.All);
        Assert.Null(terminations[1]);
        Assert.Same(before, terminations[2]);
        Assert.Equal([Assert.Single(_renewed)], before.Certificates.All);
        Assert.Same(_renewed[0], originations[0]!.ClientCertificate);
        Assert.Equal([_renewed[0], changedAgain.Certificate], renewal.Certificates);
        Write("same", Name);
        Look();
        Assert.Equal([_renewed[1]], before.Certificates.All);
        Assert.Same(_renewed[1], originations[0]!.ClientCertificate);
    }

    [Fact]
    public void Another_configuration_has_what_is_as_before_and_never_what_trusts_other_clients()
    {
        var loaded = Load("site", Name);
        var others = new TestAuthority("others");
        Func<TlsTermination>[] kinds =
        [
            () => New(null),
            () => New(Authority),
            () => New(others),
            () => New(others, ClientAuth.Request),
            () => new(new CertificateStore([loaded.Certificate])) { Hosts = [Name], Alpn = [SslApplicationProtocol.Http2] },
            () => new(new CertificateStore([loaded.Certificate])) { Hosts = [Name], Protocols = SslProtocols.Tls13 },
            () => new(new CertificateStore([loaded.Certificate])) { Hosts = [Name], HostMustMatch = false },
            () => new(new CertificateStore([loaded.Certificate])) { Hosts = [Name], EachCoversAll = true },
            () => new(new CertificateStore([loaded.Certificate])),
        ];
        var before = kinds.Select(kind => kind()).ToArray();
        TlsOrigination[] originations = [new(), new([Authority.Root]), new() { Verify = false }, new() { ServerName = "b.example" }];
        using var renewal = Start([loaded], before, originations);

        var after = renewal.Use(
            [loaded], [.. kinds.Select(kind => kind())], [new() { ServerName = "b.example" }, new([Authority.Root]), new([others.Root])]);

        Assert.Equal(before, after.Terminations);
        Assert.Equal([originations[3], originations[1]], after.Originations.Take(2));
        Assert.DoesNotContain(after.Originations[2], originations);
        foreach (var (index, kind) in kinds.Index())
        {
            using var one = Start([loaded], [kind()]);
            Assert.All(one.Use([loaded], [.. kinds.Where((_, other) => other != index).Select(other => other())], []).Terminations, other => Assert.False(other!.IsLike(before[index])));
        }

        TlsTermination New(TestAuthority? clients, ClientAuth auth = ClientAuth.Require) =>
            new(new CertificateStore([loaded.Certificate]), clients is null ? null : [clients.Root]) { Hosts = [Name], ClientAuth = clients is null ? ClientAuth.None : auth };
    }

    [Fact]
    public void Another_configuration_puts_off_neither_the_keys_of_tickets_nor_the_warnings_and_brings_no_keys_back()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("Elsewhere the system changes them.");
        Authority.IssueEcdsa(_time.GetUtcNow().AddDays(-60), _time.GetUtcNow().AddDays(2), Name).WritePem(PathOf("site.pem"), PathOf("site.key"));
        using var renewal = Start([LoadWritten("site")], NewTermination(LoadWritten("site")));

        // An hour is more often than either.
        var keys = Enumerable.Range(0, 36).Select(hour =>
        {
            _time.Advance(TimeSpan.FromHours(1));
            var loaded = LoadWritten("site");
            var termination = NewTermination(loaded);
            termination = renewal.Use([loaded], [termination], []).Terminations[0]!;
            return termination.OptionsFor(Name, new TlsOffer(Ecdsa: true)).EnabledSslProtocols;
        }).ToArray();

        Assert.Equal([.. Enumerable.Repeat(keys[0], 11), .. Enumerable.Repeat(keys[11], 12), .. Enumerable.Repeat(keys[23], 12), keys[35]], keys);
        Assert.Equal(4, keys.Distinct().Count());
        Assert.Single(_expiring);
    }

    [Fact]
    public void Whatever_is_written_in_whatever_order_the_last_pair_that_fits_is_shown()
    {
        const int Pairs = 3;
        for (var i = 0; i < Pairs; i++) Write($"{i}", Name);
        string[] certificates = [.. Enumerable.Range(0, Pairs).Select(i => File.ReadAllText(PathOf($"{i}.pem")))];
        string[] keys = [.. Enumerable.Range(0, Pairs).Select(i => File.ReadAllText(PathOf($"{i}.key")))];
        string[] thumbprints = [.. Enumerable.Range(0, Pairs).Select(i => LoadWritten($"{i}").Certificate.Context.TargetCertificate.Thumbprint)];
        // A certificate that is written, a key, or a look.
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, Pairs - 1]).Array[1, 30].Sample(
            steps =>
            {
                var (certificate, key, shown) = (0, 0, 0);
                WriteText("site.pem", certificates[0]);
                WriteText("site.key", keys[0]);
                var old = LoadWritten("site");
                var termination = NewTermination(old);
                using var renewal = Start([old], termination);
                foreach (var (what, which) in steps)
                {
                    if (what == 0) WriteText("site.pem", certificates[certificate = which]);
                    else if (what == 1) WriteText("site.key", keys[key = which]);
                    else Look();
                    if (what == 2 && certificate == key) shown = key;
                    Assert.Equal(thumbprints[shown], termination.Certificates.Find(Name, true).Context.TargetCertificate.Thumbprint);
                }
            },
            iter: 100,
            threads: 1);
    }

    private static TlsTermination NewTermination(LoadedCertificate loaded) => new(new CertificateStore([loaded.Certificate]));

    private CertificateRenewal Start(IReadOnlyList<LoadedCertificate> certificates, TlsTermination termination) => Start(certificates, [termination]);

    private CertificateRenewal Start(
        IReadOnlyList<LoadedCertificate> certificates, IReadOnlyList<TlsTermination> terminations, params IReadOnlyList<TlsOrigination> originations)
    {
        var renewal = new CertificateRenewal(_time)
        {
            Renewed = _renewed.Add,
            Refused = (_, why) => _refused.Add(why),
            Expiring = (_, warning) => _expiring.Add(warning),
            Failed = fault => Assert.Fail(fault.ToString()),
        };
        renewal.Use(certificates, terminations, originations);
        return renewal;
    }

    private void Look() => _time.Advance(CertificateRenewal.PollInterval);

    private LoadedCertificate Load(string file, params string[] names)
    {
        Write(file, names);
        return LoadWritten(file);
    }

    private LoadedCertificate LoadWritten(string file)
    {
        var source = new CertificateSource(PathOf($"{file}.pem"), PathOf($"{file}.key"), null);
        Assert.True(source.TryLoad($"{file}.pem", out var loaded, out _));
        return loaded;
    }

    private void Write(string file, params string[] names)
    {
        Authority.IssueEcdsa(names).WritePem(PathOf($"{file}.pem"), PathOf($"{file}.key"));
        Touch($"{file}.pem");
        Touch($"{file}.key");
    }

    private void WriteText(string file, string text)
    {
        File.WriteAllText(PathOf(file), text);
        Touch(file);
    }

    private void Move(string from, string to) => File.Move(PathOf(from), PathOf(to), overwrite: true);

    private void Link(string file, string target)
    {
        File.Delete(PathOf(file));
        File.CreateSymbolicLink(PathOf(file), target);
    }

    /// <summary>Two writes in a row may come at the same time of a file system's clock.</summary>
    private void Touch(string file) => File.SetLastWriteTimeUtc(PathOf(file), _written = _written.AddSeconds(1));

    private string PathOf(string file) => Path.Combine(_folder, file);
}
