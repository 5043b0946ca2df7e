using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using SniForward.Admin.Api;
using SniForward.Selecting;

namespace SniForward.Admin;

/// <summary>
/// What <c>/api</c> answers. It is read by GET; what changes anything is a POST, which a token must come with, unless only
/// who may open a unix socket can send it.
/// </summary>
/// <param name="mayChange">Whether a POST is taken at all.</param>
internal sealed class AdminApi(bool mayChange) : IDisposable
{
    private const string NoChanges = "Nothing can be changed here without a token: add token_file = \"admin.token\" to [admin], or bind a unix socket.\n";

    private const string NotOurs = "This was sent by the page of another site.\n";

    private const string NotYet = "The listeners are not bound yet.\n";

    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    private volatile Shown? _shown;

    /// <summary>Shows and changes <paramref name="view"/> from now on, and remembers its last minutes.</summary>
    /// <param name="view">Of what runs.</param>
    /// <param name="reload">Reloads the configuration, and tells what is wrong with it.</param>
    public void Show(ForwarderView view, Func<Task<IReadOnlyList<string>>> reload) =>
        _shown = new Shown(view, new History(view.Totals, TimeProvider.System), reload);

    public void Dispose() => _shown?.History.Dispose();

    /// <summary>Adds its endpoints and the page's.</summary>
    /// <param name="app">To what.</param>
    /// <param name="readiness">What the process is doing.</param>
    public void Map(WebApplication app, Func<Readiness> readiness)
    {
        foreach (var path in AdminPage.Paths) app.MapMethods(path, Reading, AdminPage.AnswerAsync);
        Get(app, "/api/overview", (context, shown) => WriteAsync(context, shown.View.Overview(readiness()), ApiJson.Default.Overview));
        Get(app, "/api/series", (context, shown) => WriteAsync(context, shown.History.Read(), ApiJson.Default.Series));
        Get(app, "/api/refusals", (context, shown) => WriteAsync(context, shown.View.Refusals(), ApiJson.Default.RefusalList));
        Get(app, "/api/connections", AnswerConnectionsAsync);
        Get(app, "/api/configuration", (context, shown) => context.Response.WriteAsync(shown.View.Configuration));
        Post(app, "/api/reload", ReloadAsync);
        Post(app, "/api/connections/{id}/close", CloseAsync);
        Post(app, "/api/backends/{backend}/servers/{server}/in", (context, shown) => SetAsync(context, shown, ServerAdmin.In));
        Post(app, "/api/backends/{backend}/servers/{server}/drain", (context, shown) => SetAsync(context, shown, ServerAdmin.Draining));
        Post(app, "/api/backends/{backend}/servers/{server}/out", (context, shown) => SetAsync(context, shown, ServerAdmin.Out));
    }

    private void Get(WebApplication app, string path, Func<HttpContext, Shown, Task> answer) => app.MapMethods(
        path, Reading, context => _shown is { } shown ? answer(context, shown) : RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, NotYet));

    private void Post(WebApplication app, string path, Func<HttpContext, Shown, Task> answer) => app.MapMethods(
        path,
        [HttpMethods.Post],
        context => !mayChange ? RefuseAsync(context, StatusCodes.Status403Forbidden, NoChanges)
            : !RequestOrigin.IsOwn(context.Request) ? RefuseAsync(context, StatusCodes.Status403Forbidden, NotOurs)
            : _shown is { } shown ? answer(context, shown)
            : RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, NotYet));

    private static async Task AnswerConnectionsAsync(HttpContext context, Shown shown)
    {
        var query = context.Request.Query;
        var asked = ConnectionQuery.Of(query["filter"], query["sort"], query["order"]);
        var all = await shown.View.ConnectionsAsync().ConfigureAwait(false);
        await WriteAsync(context, asked.Answer(all), ApiJson.Default.ConnectionList).ConfigureAwait(false);
    }

    private static async Task ReloadAsync(HttpContext context, Shown shown)
    {
        var errors = await shown.Reload().ConfigureAwait(false);
        if (errors.Count > 0) context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        await context.Response.WriteAsync(errors.Count > 0 ? string.Join('\n', errors) + "\n" : "reloaded\n").ConfigureAwait(false);
    }

    private static async Task CloseAsync(HttpContext context, Shown shown)
    {
        var isClosed = long.TryParse((string?)context.Request.RouteValues["id"], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && await shown.View.CloseAsync(id).ConfigureAwait(false);
        await AnswerAsync(context, isClosed, "There is no such connection any more.\n").ConfigureAwait(false);
    }

    private static Task SetAsync(HttpContext context, Shown shown, ServerAdmin admin)
    {
        var values = context.Request.RouteValues;
        // Routing decodes everything but "%2F", of which the path of a unix socket has many.
        var server = Uri.UnescapeDataString((string)values["server"]!);
        return AnswerAsync(context, shown.View.Set(Uri.UnescapeDataString((string)values["backend"]!), server, admin), "There is no such server.\n");
    }

    private static Task AnswerAsync(HttpContext context, bool isDone, string otherwise)
    {
        context.Response.StatusCode = isDone ? StatusCodes.Status204NoContent : StatusCodes.Status404NotFound;
        return isDone ? Task.CompletedTask : context.Response.WriteAsync(otherwise);
    }

    private static Task RefuseAsync(HttpContext context, int status, string why)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(why);
    }

    private static Task WriteAsync<T>(HttpContext context, T answer, JsonTypeInfo<T> type)
    {
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(answer, type);
    }

    private sealed record Shown(ForwarderView View, History History, Func<Task<IReadOnlyList<string>>> Reload);
}
