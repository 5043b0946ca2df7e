using System.Diagnostics.CodeAnalysis;

namespace SniForward.Startup.Configuration;

/// <summary>Reads <c>[otlp]</c>. What is absent, OpenTelemetry's environment variables may say.</summary>
internal static class ConfigOtlp
{
    private static readonly (string, OtlpProtocol?)[] Protocols = [("http/protobuf", OtlpProtocol.Http), ("grpc", OtlpProtocol.Grpc)];

    public static OtlpConfig Read(ConfigSection section)
    {
        var otlp = new OtlpConfig
        {
            Endpoint = section.Value<Uri>("endpoint", null!, TryEndpoint, "a URL"),
            Protocol = section.Choice("protocol", null, Protocols),
            Interval = section.Has("interval")
                ? section.Value("interval", TimeSpan.FromMinutes(1), ConfigValues.TryDuration, ConfigValues.ADuration)
                : null,
        };
        section.RefuseOtherKeys();
        return otlp;
    }

    private static bool TryEndpoint(string text, [MaybeNullWhen(false)] out Uri endpoint, [NotNullWhen(false)] out string? error)
    {
        bool isUrl = Uri.TryCreate(text, UriKind.Absolute, out endpoint) && endpoint.Scheme is "http" or "https";
        error = !isUrl ? $"\"{text}\" is not the URL of a collector; write \"http://127.0.0.1:4318\""
            : endpoint!.Query.Length + endpoint.Fragment.Length + endpoint.UserInfo.Length > 0
                ? $"\"{text}\" has more than scheme, host, port and path; headers for the collector stand in OTEL_EXPORTER_OTLP_HEADERS"
            : null;
        return error is null;
    }
}
