using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace SniForward.Telemetry;

/// <summary>Every message that is not an access line. Ids are stable.</summary>
internal static partial class Log
{
    /// <summary>The category of its lines.</summary>
    public const string Category = "SniForward";

    [LoggerMessage(1, LogLevel.Information, "listener {Listener} is listening on {Address}")]
    public static partial void Listening(ILogger logger, string listener, EndPoint address);

    [LoggerMessage(2, LogLevel.Information,
        "ready; listeners: {Listeners}, routes: {Routes}, backends: {Backends}, engines: {Engines}, connections at most: {MaxConnections}")]
    public static partial void Ready(ILogger logger, int listeners, int routes, int backends, int engines, int maxConnections);

    [LoggerMessage(3, LogLevel.Error,
        "listener {Listener} on {Address} has failed and accepts no more: {Error}; restart SniForward")]
    public static partial void ListenerFailed(ILogger logger, string listener, EndPoint address, SocketError error);

    [LoggerMessage(4, LogLevel.Warning,
        "listener {Listener} pauses accepting: {Error}; clients turned away so far: {TurnedAway}; "
        + "see what runs short with \"ss -s\" and \"cat /proc/sys/fs/file-nr\"")]
    public static partial void AcceptPaused(ILogger logger, string listener, SocketError error, int turnedAway);

    [LoggerMessage(17, LogLevel.Information, "listener {Listener} accepts again; clients turned away meanwhile: {TurnedAway}")]
    public static partial void AcceptGoesOn(ILogger logger, string listener, int turnedAway);

    [LoggerMessage(11, LogLevel.Warning,
        "listener {Listener} pauses accepting until a connection ends: {Open} are open, all that the limit of open files "
        + "allows; raise it with \"ulimit -n\" or systemd's LimitNOFILE=")]
    public static partial void AcceptPausedFull(ILogger logger, string listener, int open);

    [LoggerMessage(5, LogLevel.Information, "draining: {Open} connections are open and have {Drain} to end")]
    public static partial void Draining(ILogger logger, int open, TimeSpan drain);

    [LoggerMessage(42, LogLevel.Information, "stopping: no longer ready; clients are accepted for {Delay} more")]
    public static partial void DrainDelayed(ILogger logger, TimeSpan delay);

    [LoggerMessage(43, LogLevel.Information, "draining: {Open} connections are left and have {Left} to end")]
    public static partial void StillDraining(ILogger logger, int open, TimeSpan left);

    [LoggerMessage(6, LogLevel.Information, "stopped: every connection has ended")]
    public static partial void Drained(ILogger logger);

    [LoggerMessage(7, LogLevel.Warning, "stopped: {Open} connections were still open and have been reset")]
    public static partial void DrainExpired(ILogger logger, int open);

    [LoggerMessage(8, LogLevel.Error, "listener {Listener} connection #{Id} failed inside SniForward; please report this")]
    public static partial void ConnectionFailed(ILogger logger, Exception exception, string listener, long id);

    [LoggerMessage(9, LogLevel.Debug, "backend {Backend}: {Server} did not take the connection: {Error}")]
    public static partial void DialFailed(ILogger logger, string backend, string server, SocketError error);

    [LoggerMessage(12, LogLevel.Warning,
        "backend {Backend}: server {Server} is out: {Why}; one connection tries it again in {CoolDown}; servers left: {Left}")]
    public static partial void ServerOut(ILogger logger, string backend, string server, string why, TimeSpan coolDown, int left);

    [LoggerMessage(13, LogLevel.Warning, "backend {Backend}: server {Server} is down: {Why}; its checks go on; servers left: {Left}")]
    public static partial void ServerDown(ILogger logger, string backend, string server, string why, int left);

    [LoggerMessage(14, LogLevel.Information, "backend {Backend}: server {Server} is back: {Why}; servers: {Left}")]
    public static partial void ServerBack(ILogger logger, string backend, string server, string why, int left);

    [LoggerMessage(22, LogLevel.Warning,
        "backend {Backend}: server {Server} is a listener of this process; connections to it would come back for ever, and are refused")]
    public static partial void ServerIsListener(ILogger logger, string backend, string server);

    [LoggerMessage(15, LogLevel.Warning,
        "the name {Name} does not resolve: {Why}; its last addresses are kept, if it had any, and it is asked for again")]
    public static partial void NameFailed(ILogger logger, string name, string why);

    [LoggerMessage(16, LogLevel.Information, "the name {Name} resolves again")]
    public static partial void NameResolved(ILogger logger, string name);

    [LoggerMessage(28, LogLevel.Information, "backend {Backend}: {Service} now has servers {Servers}")]
    public static partial void ServiceServers(ILogger logger, string backend, string service, string servers);

    [LoggerMessage(18, LogLevel.Warning,
        "backend {Backend}: no answer for {Service}: {Why}; its last servers are kept, if it had any, and it is asked for again")]
    public static partial void ServiceFailed(ILogger logger, string backend, string service, string why);

    [LoggerMessage(19, LogLevel.Information, "backend {Backend}: {Service} is answered again")]
    public static partial void ServiceAnswered(ILogger logger, string backend, string service);

    [LoggerMessage(20, LogLevel.Warning, "backend {Backend}: {Service} is not available, the DNS says: it has no server")]
    public static partial void ServiceNotAvailable(ILogger logger, string backend, string service);

    [LoggerMessage(23, LogLevel.Warning, "server {Server}: TLS could not begin: {Why}; see its certificate with \"openssl s_client -connect {Server}\"")]
    public static partial void TlsToServerFailed(ILogger logger, string server, string why);

    [LoggerMessage(24, LogLevel.Information, "certificate {Source} was renewed; names: {Names}, key: {KeyType}, expires {Expires}")]
    public static partial void CertificateRenewed(ILogger logger, string source, string names, string keyType, string expires);

    [LoggerMessage(25, LogLevel.Warning,
        "certificate {Source} was changed, but cannot be used: {Why}; the one from before is kept, and the files are tried again")]
    public static partial void CertificateRefused(ILogger logger, string source, string why);

    [LoggerMessage(26, LogLevel.Warning, "certificate {Source} {Warning}")]
    public static partial void CertificateExpiring(ILogger logger, string source, string warning);

    [LoggerMessage(27, LogLevel.Error, "the certificates could not be looked at; please report this")]
    public static partial void RenewalFailed(ILogger logger, Exception exception);

    [LoggerMessage(40, LogLevel.Warning, "what this process was given to listen on: {What}; it is closed")]
    public static partial void InheritedUnusable(ILogger logger, string what);

    [LoggerMessage(41, LogLevel.Warning,
        "what this process was given to listen on: {What}, is no listener's address and is closed; the configuration binds {Wanted}: "
        + "bind it, or do not give it")]
    public static partial void InheritedUnwanted(ILogger logger, string what, string wanted);

    [LoggerMessage(60, LogLevel.Warning, "access log: {Lost} lines were lost: {Why}; the connections themselves were not held up")]
    public static partial void AccessLinesLost(ILogger logger, long lost, string why);

    [LoggerMessage(61, LogLevel.Information, "the access log {File} was opened again")]
    public static partial void AccessReopened(ILogger logger, string file);

    [LoggerMessage(62, LogLevel.Error, "{Error}; its lines go on into the file from before")]
    public static partial void AccessNotReopened(ILogger logger, string error);

    [LoggerMessage(63, LogLevel.Information, "SIGUSR1: the access log has no file that could be opened again")]
    public static partial void AccessHasNoFile(ILogger logger);

    [LoggerMessage(44, LogLevel.Warning, "the service manager could not be told {State}: {Why}; see NOTIFY_SOCKET and systemd's Type=notify")]
    public static partial void NotToldServiceManager(ILogger logger, string state, string why);

    [LoggerMessage(45, LogLevel.Critical,
        "an engine has not answered for {Time}; the service manager is told nothing until it does, and will end and restart SniForward; please report this")]
    public static partial void EngineStuck(ILogger logger, TimeSpan time);

    [LoggerMessage(10, LogLevel.Information, "{File} is read again ({Why}) and is what runs now; changes: {Changes}")]
    public static partial void Reloaded(ILogger logger, string file, string why, int changes);

    [LoggerMessage(70, LogLevel.Information, "reloaded: {Change}")]
    public static partial void ReloadedChange(ILogger logger, string change);

    [LoggerMessage(71, LogLevel.Warning, "not reloaded, for it takes a restart: {Change}")]
    public static partial void ReloadNeedsRestart(ILogger logger, string change);

    [LoggerMessage(72, LogLevel.Error, "the configuration is not taken over, and everything goes on as it was: {Error}")]
    public static partial void ReloadRefused(ILogger logger, string error);

    [LoggerMessage(74, LogLevel.Error, "the configuration could not be read again; please report this")]
    public static partial void ReloadFaulted(ILogger logger, Exception exception);

    [LoggerMessage(73, LogLevel.Information, "listener {Listener} no longer listens on {Address}; its connections go on")]
    public static partial void NoLongerListening(ILogger logger, string listener, EndPoint address);

    [LoggerMessage(46, LogLevel.Information, "process {Process} is given {Count} sockets to take over with")]
    public static partial void SocketsGiven(ILogger logger, int count, int process);

    [LoggerMessage(47, LogLevel.Information, "process {Process} has taken over; this one accepts no more")]
    public static partial void TakenOver(ILogger logger, int process);

    [LoggerMessage(48, LogLevel.Warning, "a take-over has failed, and this process goes on: {Why}")]
    public static partial void TakeOverFailed(ILogger logger, string why);

    [LoggerMessage(49, LogLevel.Information, "takes over from process {Process}, on its sockets")]
    public static partial void TakesOver(ILogger logger, int process);

    [LoggerMessage(21, LogLevel.Warning, "{Warning}")]
    public static partial void ConfigWarning(ILogger logger, string warning);

    [LoggerMessage(50, LogLevel.Information, "the admin listener answers on {Address}")]
    public static partial void AdminListening(ILogger logger, EndPoint address);

    [LoggerMessage(51, LogLevel.Warning, "the figures cannot be sent to {Collector}: {Why}; they are tried again, and lose nothing but time")]
    public static partial void FiguresNotSent(ILogger logger, Uri? collector, string why);

    [LoggerMessage(52, LogLevel.Information, "the figures are sent to {Collector} again")]
    public static partial void FiguresSentAgain(ILogger logger, Uri? collector);
}
