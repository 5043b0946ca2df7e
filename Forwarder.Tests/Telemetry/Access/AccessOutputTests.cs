using System.Text;
using CsCheck;
using SniForward.Telemetry.Access;

namespace SniForward.Tests.Telemetry.Access;

/// <summary>A disk that is full costs lines, which are counted; those that come after it are whole.</summary>
public sealed class AccessOutputTests
{
    [Fact]
    public void Of_a_disk_that_was_full_every_line_is_whole_lost_or_the_one_that_was_cut() =>
        Gen.Select(Gen.Int[0, 200], Gen.Int[1, 10].Array[1, 10]).Sample((room, chunks) =>
        {
            using var disk = new TestDisk(room);
            var output = new AccessOutput(_ => Assert.Fail("The lines go to the file."));
            output.Use(disk);
            var next = 0;

            foreach (var chunk in chunks) output.Write(Lines(chunk));
            disk.Room = int.MaxValue;
            output.Write(Lines(1));

            var all = Enumerable.Range(0, next).Select(Line).ToHashSet();
            var written = Encoding.ASCII.GetString(disk.ToArray());
            Assert.EndsWith("\n", written, StringComparison.Ordinal);
            var lines = written.Split('\n')[..^1];
            Assert.Equal(Line(next - 1), lines[^1]);
            Assert.InRange(lines.Count(line => !all.Contains(line)), 0, 1);
            // One that lacked only its end counts as lost, though it is whole in the end.
            Assert.InRange(lines.Count(all.Contains) + output.Failed, next, next + 1);

            byte[] Lines(int count)
            {
                var text = string.Concat(Enumerable.Range(next, count).Select(i => Line(i) + "\n"));
                next += count;
                return Encoding.ASCII.GetBytes(text);
            }
        });

    [Fact]
    public void What_was_used_before_is_closed()
    {
        using var first = new TestDisk(100);
        var output = new AccessOutput(_ => { });
        output.Use(first);

        output.Use(null);

        Assert.False(first.CanWrite);
    }

    /// <summary>A line that is no part of another.</summary>
    private static string Line(int i) => $"<{i}>";
}
