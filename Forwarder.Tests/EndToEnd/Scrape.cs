using System.Globalization;
using System.Net;
using SniForward.Tests.Admin;

namespace SniForward.Tests.EndToEnd;

/// <summary>What /metrics shows, in Prometheus's text format.</summary>
/// <param name="text">The body.</param>
internal sealed class Scrape(string text)
{
    private readonly Dictionary<string, double> _series = text.Split('\n')
        .Where(line => line.Length > 0 && line[0] != '#')
        .ToDictionary(line => line[..line.LastIndexOf(' ')], line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    public string Text => text;

    public IReadOnlyDictionary<string, double> Series => _series;

    /// <summary>The value of a series; with its labels in the order of the alphabet.</summary>
    public double this[string series] => _series.TryGetValue(series, out var value) ? value : throw new KeyNotFoundException($"{series} is not in:\n{text}");

    public static async Task<Scrape> OfAsync(AdminClient admin)
    {
        var (status, body) = await admin.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.OK, status);
        return new Scrape(body);
    }
}
