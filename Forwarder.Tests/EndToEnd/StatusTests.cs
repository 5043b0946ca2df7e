using System.Text.Json;
using SniForward.Admin.Api;
using SniForward.Startup.Status;

namespace SniForward.Tests.EndToEnd;

/// <summary><c>sniforward status</c>, at the program.</summary>
public sealed class StatusTests
{
    [Fact]
    public async Task It_prints_how_the_forwarder_is_that_runs_by_the_same_configuration()
    {
        await using var program = await AdminProgram.StartAsync(Engine.Epoll);

        var (status, output, errors) = await ForwarderProcess.RunWithAsync(
            program.Folder, AdminTarget.TokenVariable, AdminProgram.Token, "status", "--admin", program.AdminAddress.ToString());

        Assert.Equal((0, ""), (status, errors));
        Assert.StartsWith("serving, version ", output, StringComparison.Ordinal);
        Assert.Matches($@"(?m)^{program.ServerName(0)} +pair +up ", output);
    }

    [Fact]
    public async Task For_programs_it_prints_the_answer_of_the_API()
    {
        await using var program = await AdminProgram.StartAsync(Engine.Epoll);

        var (status, output, _) = await ForwarderProcess.RunWithAsync(
            program.Folder, AdminTarget.TokenVariable, AdminProgram.Token, "status", "--json", "--admin", program.AdminAddress.ToString());

        Assert.Equal(0, status);
        Assert.Equal("serving", JsonSerializer.Deserialize(output, ApiJson.Default.Overview)!.State);
    }

    [Fact]
    public async Task Without_the_right_token_it_says_which_variable_to_set()
    {
        await using var program = await AdminProgram.StartAsync(Engine.Epoll);

        var (status, output, errors) = await ForwarderProcess.RunAsync(program.Folder, "status", "--admin", program.AdminAddress.ToString());

        Assert.Equal((1, ""), (status, output));
        Assert.Equal($"sniforward status: {program.AdminAddress} asks for another token: set SNIFORWARD_ADMIN_TOKEN\n", errors);
    }

    [Fact]
    public async Task Where_nobody_listens_it_says_so()
    {
        var port = TestServer.RefusingPort();

        var (status, output, errors) = await ForwarderProcess.RunAsync(Path.GetTempPath(), "status", "--admin", $"127.0.0.1:{port}");

        Assert.Equal((1, ""), (status, output));
        Assert.Matches($@"^sniforward status: 127\.0\.0\.1:{port} cannot be reached: .*; does it run\?\n$", errors);
    }
}
