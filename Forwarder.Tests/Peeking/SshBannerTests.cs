using System.Text;
using SniForward.Peeking;

namespace SniForward.Tests.Peeking;

public sealed class SshBannerTests
{
    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u6\r\n", PeekAnswer.NoName, Protocols.Ssh)]
    [InlineData("SSH-1.99-Cisco-1.25\n", PeekAnswer.NoName, Protocols.Ssh)]
    [InlineData("SSH-1.5-x", PeekAnswer.NoName, Protocols.Ssh)]
    [InlineData("SSH-2.0", PeekAnswer.NeedMore, Protocols.None)]
    [InlineData("S", PeekAnswer.NeedMore, Protocols.None)]
    [InlineData("", PeekAnswer.NeedMore, Protocols.None)]
    [InlineData("SSH-2.1-x", PeekAnswer.NotMine, Protocols.None)]
    [InlineData("SSH-3.0-x", PeekAnswer.NotMine, Protocols.None)]
    [InlineData("ssh-2.0-x", PeekAnswer.NotMine, Protocols.None)]
    [InlineData("SSH / HTTP/1.1\r\n", PeekAnswer.NotMine, Protocols.None)]
    [InlineData(" SSH-2.0-x", PeekAnswer.NotMine, Protocols.None)]
    [InlineData("GET / HTTP/1.1\r\n", PeekAnswer.NotMine, Protocols.None)]
    public void SSH_is_told_by_its_identification_string_alone(string text, object answer, object protocol) =>
        Arrivals.AssertAlways(
            new Finding((PeekAnswer)answer, (Protocols)protocol, "", "", false, null), Arrivals.NewBanner, Encoding.Latin1.GetBytes(text));
}
