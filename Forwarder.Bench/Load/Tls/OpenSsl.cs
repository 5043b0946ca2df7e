using System.Runtime.InteropServices;

namespace SniForward.Bench.Load.Tls;

/// <summary>What the clients need of OpenSSL 3, on sockets that block (ssl(7)). The clients of a benchmark are to be cheap; SslStream is not.</summary>
internal static partial class OpenSsl
{
    public const int SetSignatureAlgorithms = 98;
    public const int SetLeastVersion = 123;
    public const int SetHighestVersion = 124;
    public const int SetHostName = 55;

    private const string Library = "libssl.so.3";

    [LibraryImport(Library, EntryPoint = "TLS_client_method")]
    public static partial nint ClientMethod();

    [LibraryImport(Library, EntryPoint = "SSL_CTX_new")]
    public static partial nint NewContext(nint method);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_free")]
    public static partial void FreeContext(nint context);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_ctrl", StringMarshalling = StringMarshalling.Utf8)]
    public static partial long ControlContext(nint context, int command, long number, string? text);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_ciphersuites", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetSuites13(nint context, string suites);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_cipher_list", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetSuites12(nint context, string suites);

    [LibraryImport(Library, EntryPoint = "SSL_new")]
    public static partial nint New(nint context);

    [LibraryImport(Library, EntryPoint = "SSL_free")]
    public static partial void Free(nint tls);

    [LibraryImport(Library, EntryPoint = "SSL_set_fd")]
    public static partial int SetDescriptor(nint tls, int descriptor);

    [LibraryImport(Library, EntryPoint = "SSL_ctrl", StringMarshalling = StringMarshalling.Utf8)]
    public static partial long Control(nint tls, int command, long number, string text);

    [LibraryImport(Library, EntryPoint = "SSL_connect")]
    public static partial int Connect(nint tls);

    [LibraryImport(Library, EntryPoint = "SSL_read")]
    public static partial int Read(nint tls, Span<byte> buffer, int length);

    [LibraryImport(Library, EntryPoint = "SSL_write")]
    public static partial int Write(nint tls, ReadOnlySpan<byte> buffer, int length);

    [LibraryImport(Library, EntryPoint = "SSL_shutdown")]
    public static partial int Shutdown(nint tls);

    [LibraryImport(Library, EntryPoint = "SSL_get1_session")]
    public static partial nint GetSession(nint tls);

    [LibraryImport(Library, EntryPoint = "SSL_set_session")]
    public static partial int SetSession(nint tls, nint session);

    [LibraryImport(Library, EntryPoint = "SSL_session_reused")]
    public static partial int IsResumed(nint tls);

    [LibraryImport(Library, EntryPoint = "SSL_SESSION_free")]
    public static partial void FreeSession(nint session);
}
