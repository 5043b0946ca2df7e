namespace SniForward.Startup.Configuration;

/// <summary>Guesses what a misspelt word was meant to be.</summary>
internal static class ConfigHint
{
    private const int LongestWord = 64;
    private const int ShortestBeginning = 3;

    /// <summary><c>; did you mean "…"?</c>, or nothing if no candidate is near.</summary>
    public static string DidYouMean(string word, IEnumerable<string> candidates) =>
        Nearest(word, candidates) is { } nearest ? $"; did you mean \"{nearest}\"?" : "";

    /// <summary>
    /// The first of the nearest candidates, or one that the word is the beginning of ("warn"); null if even that would
    /// be a guess in the dark.
    /// </summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        string? longer = null;
        string? nearest = null;
        int best = int.MaxValue;
        foreach (string candidate in candidates)
        {
            if (word.Length >= ShortestBeginning && candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase))
                longer ??= candidate;

            int length = Math.Max(word.Length, candidate.Length);
            int limit = Math.Min(Math.Max(1, length / 3), Math.Min(length, best) - 1);
            if (length > LongestWord || Math.Abs(word.Length - candidate.Length) > limit)
                continue;

            int distance = Distance(word, candidate);
            if (distance <= limit)
                (nearest, best) = (candidate, distance);
        }

        return nearest ?? longer;
    }

    /// <summary>
    /// The insertions, deletions, substitutions and swaps of neighbours between two words, letters' case aside
    /// (optimal string alignment).
    /// </summary>
    private static int Distance(string a, string b)
    {
        Span<int> before = stackalloc int[LongestWord + 1];
        Span<int> last = stackalloc int[LongestWord + 1];
        Span<int> row = stackalloc int[LongestWord + 1];
        for (int j = 0; j <= b.Length; j++)
            last[j] = j;

        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int change = last[j - 1] + (Same(a[i - 1], b[j - 1]) ? 0 : 1);
                row[j] = Math.Min(change, 1 + Math.Min(last[j], row[j - 1]));
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
            }

            var free = before;
            before = last;
            last = row;
            row = free;
        }

        return last[b.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
