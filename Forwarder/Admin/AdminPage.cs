using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace SniForward.Admin;

/// <summary>The page and what it is made of, out of the program itself. It asks nobody else for anything, and runs nothing else.</summary>
internal static class AdminPage
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string Index = "index.html";

    private static readonly FrozenDictionary<string, (string Type, byte[] Bytes)> Files = Load();

    /// <summary>The paths that are part of it.</summary>
    public static IReadOnlyCollection<string> Paths => Files.Keys;

    /// <summary>Answers a request for one of <see cref="Paths"/>.</summary>
    public static Task AnswerAsync(HttpContext context)
    {
        var (type, bytes) = Files[context.Request.Path.Value!];
        var headers = context.Response.Headers;
        headers.ContentType = type;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        // Another version of the program has another page.
        headers.CacheControl = new StringValues("no-cache");
        context.Response.ContentLength = bytes.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(bytes).AsTask();
    }

    private static FrozenDictionary<string, (string Type, byte[] Bytes)> Load()
    {
        var assembly = typeof(AdminPage).Assembly;
        var files = new Dictionary<string, (string Type, byte[] Bytes)>();
        foreach (var name in new[] { Index, "page.css", "page.js", "api.js", "chart.js", "format.js", "table.js" })
        {
            using var resource = assembly.GetManifestResourceStream($"page/{name}")!;
            var bytes = new byte[resource.Length];
            resource.ReadExactly(bytes);
            files[name == Index ? "/" : $"/{name}"] = (TypeOf(name), bytes);
        }
        return files.ToFrozenDictionary();
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        _ => "text/javascript; charset=utf-8",
    };
}
