namespace SniForward.Securing;

/// <summary>
/// Renews certificates while they are used: loads those again whose files have changed, for handshakes from then on, and
/// gives all new keys for session tickets now and then. Connections that are open notice nothing. It outlives
/// configurations, and with it what is as the last one had it: certificates, keys and the time that they have left.
/// </summary>
/// <remarks>
/// Files are looked at rather than watched: certbot and Kubernetes swap links, of which a watch on the file says nothing.
/// </remarks>
internal sealed class CertificateRenewal : IDisposable
{
    /// <summary>From one look at the files to the next.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long keys of session tickets serve: who has one can read every TLS 1.2 session that was resumed by it, so that
    /// they must be changed (RFC 5077 §5.5).
    /// </summary>
    public static readonly TimeSpan TicketKeyLifetime = TimeSpan.FromHours(12);

    /// <summary>From one warning of a certificate that expires to the next.</summary>
    public static readonly TimeSpan ExpiryInterval = TimeSpan.FromDays(1);

    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private volatile Watched[] _watched = [];
    private IReadOnlyList<TlsTermination> _terminations = [];
    private IReadOnlyList<TlsOrigination> _originations = [];
    private int _ticketKeys;
    private long _rotated;
    private long _warned;

    /// <param name="time">The clock of it all.</param>
    public CertificateRenewal(TimeProvider time)
    {
        _time = time;
        _rotated = _warned = time.GetTimestamp();
        _timer = time.CreateTimer(static renewal => ((CertificateRenewal)renewal!).Poll(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Those that are shown now.</summary>
    public IEnumerable<ServerCertificate> Certificates => _watched.Select(watched => watched.Certificate);

    /// <summary>Told of each certificate that was renewed.</summary>
    public required Action<ServerCertificate> Renewed { get; init; }

    /// <summary>Told once for each change of files that cannot be used, and why; the certificate stays.</summary>
    public required Action<ServerCertificate, string> Refused { get; init; }

    /// <summary>Told once a day of each certificate that is not valid, or soon not any more.</summary>
    public required Action<ServerCertificate, string> Expiring { get; init; }

    /// <summary>Told of a fault; the next look comes all the same.</summary>
    public required Action<Exception> Failed { get; init; }

    /// <summary>
    /// Renews these from now on, and no others, and gives what is to be used, in their order: of those that are as one was before
    /// them, that one. A certificate whose files are as they were stays the one that it was; all encrypt tickets by the keys of now.
    /// </summary>
    /// <param name="certificates">All that the others show, each once.</param>
    /// <param name="terminations">Those of routes; nobody shakes hands by them yet.</param>
    /// <param name="originations">Those of backends, likewise.</param>
    public (IReadOnlyList<TlsTermination?> Terminations, IReadOnlyList<TlsOrigination?> Originations) Use(
        IReadOnlyList<LoadedCertificate> certificates, IReadOnlyList<TlsTermination?> terminations, IReadOnlyList<TlsOrigination?> originations)
    {
        lock (_lock)
        {
            // There may be thousands of either.
            var (endings, beginnings) = (_terminations.ToLookup(HostsOf), _originations.ToLookup(tls => tls.ServerName));
            (_terminations, _originations) = ([.. terminations.OfType<TlsTermination>()], [.. originations.OfType<TlsOrigination>()]);
            var before = _watched.ToDictionary(watched => watched.Source);
            _watched = [.. certificates.Select(loaded => Watch(loaded, before.GetValueOrDefault(loaded.Source)))];

            terminations = [.. terminations.Select(now => now is null ? null : endings[HostsOf(now)].FirstOrDefault(now.IsLike) ?? now)];
            originations = [.. originations.Select(now => now is null ? null : beginnings[now.ServerName].FirstOrDefault(now.IsLike) ?? now)];
            (_terminations, _originations) = ([.. terminations.OfType<TlsTermination>()], [.. originations.OfType<TlsOrigination>()]);
            foreach (var termination in _terminations) termination.UseTicketKeys(_ticketKeys);
            if (before.Count == 0 && _watched.Length > 0) SetTimer();
            return (terminations, originations);
        }

        static string HostsOf(TlsTermination tls) => string.Join(' ', tls.Hosts);
    }

    /// <summary>Ends it. A look that is under way ends by itself.</summary>
    public void Dispose() => _timer.Dispose();

    // Not periodic, so that two never run at once however slow the disk is.
    private void SetTimer() => _timer.Change(PollInterval, Timeout.InfiniteTimeSpan);

    private void Poll()
    {
        try
        {
            lock (_lock) LookAtAll();
        }
#pragma warning disable CA1031 // A fault here must not end the process, whose connections go on.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Failed(fault);
        }
        finally
        {
            SetTimer();
        }
    }

    private void LookAtAll()
    {
        foreach (var watched in _watched) Look(watched);
        if (IsTime(ref _warned, ExpiryInterval)) WarnOfDates();
        if (!IsTime(ref _rotated, TicketKeyLifetime)) return;
        _ticketKeys++;
        foreach (var termination in _terminations) termination.UseTicketKeys(_ticketKeys);
    }

    private Watched Watch(LoadedCertificate loaded, Watched? before)
    {
        if (before is null || before.Loaded != loaded.Stamp) return new Watched(loaded);
        Use(loaded.Certificate, before.Certificate);
        return before;
    }

    private void Look(Watched watched)
    {
        var stamp = watched.Source.Stamp();
        if (stamp == watched.Loaded)
        {
            watched.Refused = null;
            return;
        }

        var old = watched.Certificate;
        var why = watched.Source.TryLoad(old.Source, out var loaded, out var error)
            ? WhyNot(old, loaded.Certificate)
            : $"\"{error.Value.Path}\" {error.Value.Why}";
        if (why is null)
        {
            Use(old, loaded!.Certificate);
            (watched.Certificate, watched.Loaded, watched.Refused) = (loaded.Certificate, loaded.Stamp, null);
            Renewed(loaded.Certificate);
        }
        else if (watched.Refused != stamp)
        {
            watched.Refused = stamp;
            Refused(old, why);
        }
    }

    private string? WhyNot(ServerCertificate old, ServerCertificate renewed) =>
        _terminations.Select(termination => termination.FirstUncovered(old, renewed)).FirstOrDefault(host => host is not null) is { } uncovered
            ? $"it is for {renewed.NamesInShort} now, and not for \"{uncovered}\", a host of its route"
            : null;

    private void Use(ServerCertificate old, ServerCertificate renewed)
    {
        // Routes share stores, and go on to do so.
        var stores = new Dictionary<CertificateStore, CertificateStore>();
        foreach (var termination in _terminations)
        {
            var shown = termination.Certificates;
            if (!stores.TryGetValue(shown, out var store)) stores.Add(shown, store = shown.With(old, renewed));
            termination.Use(store);
        }
        foreach (var origination in _originations) origination.Use(old, renewed);
    }

    private void WarnOfDates()
    {
        var now = _time.GetUtcNow();
        foreach (var watched in _watched)
        {
            if (watched.Certificate.WarningAt(now) is { } warning) Expiring(watched.Certificate, warning);
        }
    }

    private bool IsTime(ref long last, TimeSpan interval)
    {
        var now = _time.GetTimestamp();
        if (_time.GetElapsedTime(last, now) < interval) return false;
        last = now;
        return true;
    }

    private sealed class Watched(LoadedCertificate loaded)
    {
        public CertificateSource Source { get; } = loaded.Source;

        public ServerCertificate Certificate { get; set; } = loaded.Certificate;

        /// <summary>The files that it is from.</summary>
        public (FileStamp, FileStamp, FileStamp) Loaded { get; set; } = loaded.Stamp;

        /// <summary>The files that were refused last; null: none since it was loaded.</summary>
        public (FileStamp, FileStamp, FileStamp)? Refused { get; set; }
    }
}
