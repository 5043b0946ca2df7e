using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace SniForward.Tests.EndToEnd;

/// <summary>The admin page of the program, in Chromium, with clients at its listener.</summary>
public sealed class AdminPageTests : IAsyncLifetime
{
    private AdminProgram _program = null!;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        var chromium = Machine.NeedsCommand("chromium");
        _program = await AdminProgram.StartAsync(Engine.Epoll);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = ["--no-sandbox"] });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_program is not null) await _program.DisposeAsync();
    }

    [Fact]
    public async Task It_shows_what_goes_on_and_filters_and_sorts_the_connections()
    {
        using var first = await TestClient.ConnectAsync(_program.Address);
        await AdminProgram.ServerOfAsync(first);
        using var second = await TestClient.ConnectAsync(_program.Address);
        await AdminProgram.ServerOfAsync(second);
        await second.SendAsync(new byte[5000]);
        await second.ReadAsync(5000);
        var page = await OpenAsync();

        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("serving");
        await Assertions.Expect(page.Locator("#open")).ToHaveTextAsync("2");
        await Assertions.Expect(page.Locator("#live tbody tr")).ToHaveCountAsync(2);
        await Assertions.Expect(page.Locator("#routes")).ToContainTextAsync("a.example");
        await Assertions.Expect(page.Locator("#throughput path")).ToHaveCountAsync(2);

        await page.GetByRole(AriaRole.Button, new() { Name = "From client", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("#live tbody tr").First).ToContainTextAsync(second.Socket.LocalEndPoint!.ToString()!);
        await page.Locator("#filter").FillAsync(first.Socket.LocalEndPoint!.ToString()!);
        await Assertions.Expect(page.Locator("#live tbody tr")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("#live-count")).ToHaveTextAsync("1 of 2.");

        await page.GetByText("Show it").ClickAsync();
        await Assertions.Expect(page.Locator("#config-text")).ToContainTextAsync("[backend.pair]");
    }

    [Fact]
    public async Task By_keyboard_alone_a_server_is_drained_and_put_back()
    {
        var page = await OpenAsync();
        var name = _program.ServerName(0);

        await page.GetByRole(AriaRole.Button, new() { Name = $"Drain {name} of pair" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#confirm")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(Row(page, name)).ToContainTextAsync("draining");

        await page.GetByRole(AriaRole.Button, new() { Name = $"Put back {name} of pair" }).PressAsync("Enter");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(Row(page, name)).ToContainTextAsync("up");
    }

    [Fact]
    public async Task A_connection_is_closed_only_once_that_is_confirmed()
    {
        using var client = await TestClient.ConnectAsync(_program.Address);
        await AdminProgram.ServerOfAsync(client);
        var page = await OpenAsync();
        var close = page.Locator("#live").GetByRole(AriaRole.Button, new() { NameRegex = new("^Close connection") });

        await close.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Leave it" }).ClickAsync();
        await Assertions.Expect(page.Locator("#open")).ToHaveTextAsync("1");
        await close.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Do it" }).ClickAsync();

        await client.ExpectResetAsync();
        await Assertions.Expect(page.Locator("#open")).ToHaveTextAsync("0");
    }

    [Fact]
    public async Task What_a_client_calls_itself_is_shown_as_text()
    {
        using var client = await TestClient.ConnectAsync(_program.Address);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: <img src=x onerror=document.title=1>\r\n\r\n");
        await client.ReadAllAsync();
        var page = await OpenAsync();

        await Assertions.Expect(page.Locator("#refusals tbody tr")).ToContainTextAsync("malformed");
        Assert.Equal("SniForward", await page.TitleAsync());
        Assert.Equal(0, await page.Locator("img").CountAsync());
    }

    [Fact]
    public async Task A_wrong_token_is_asked_for_again()
    {
        var page = await OpenAsync("not-the-token");

        await Assertions.Expect(page.Locator("#sign-in")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#trouble")).ToContainTextAsync("Authorization: Bearer");
        await page.Locator("#token").FillAsync(AdminProgram.Token);
        await page.Keyboard.PressAsync("Enter");

        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("serving");
        await Assertions.Expect(page.Locator("#trouble")).ToBeHiddenAsync();
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 390)]
    public async Task It_is_accessible_in_light_and_dark_and_on_a_phone(ColorScheme scheme, int width)
    {
        using var client = await TestClient.ConnectAsync(_program.Address);
        await AdminProgram.ServerOfAsync(client);
        var page = await OpenAsync(context: new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 900 } });
        await Assertions.Expect(page.Locator("#live tbody tr")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("#throughput path")).ToHaveCountAsync(2);

        var found = await page.RunAxe();

        Assert.Equal("", string.Join('\n', found.Violations.Select(violation => $"{violation.Id}: {violation.Help}: {string.Join(' ', violation.Nodes.Select(node => node.Html))}")));
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"), "The page is wider than the screen.");
        if (Environment.GetEnvironmentVariable("SNIFORWARD_SCREENSHOTS") is { } folder)
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{scheme}-{width}.png"), FullPage = true });
    }

    [Fact]
    public async Task It_asks_nobody_but_the_program()
    {
        var asked = new List<string>();
        var page = await OpenAsync(onRequest: asked.Add);

        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("serving");

        Assert.NotEmpty(asked);
        Assert.All(asked, url => Assert.StartsWith($"http://{_program.AdminAddress}/", url, StringComparison.Ordinal));
    }

    private static ILocator Row(IPage page, string server) => page.Locator("#servers tbody tr", new() { HasText = server });

    private async Task<IPage> OpenAsync(string token = AdminProgram.Token, BrowserNewContextOptions? context = null, Action<string>? onRequest = null)
    {
        var page = await (await _browser!.NewContextAsync(context)).NewPageAsync();
        if (onRequest is not null) page.Request += (_, request) => { if (!request.Url.StartsWith("data:", StringComparison.Ordinal)) onRequest(request.Url); };
        await page.GotoAsync($"http://{_program.AdminAddress}/");
        await page.Locator("#token").FillAsync(token);
        await page.Keyboard.PressAsync("Enter");
        return page;
    }
}
