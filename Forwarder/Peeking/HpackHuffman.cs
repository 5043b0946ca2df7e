namespace SniForward.Peeking;

/// <summary>
/// The Huffman code of HPACK (RFC 7541 appendix B). It is canonical: codes of one length follow one another in the
/// order of their symbols, and behind those of all shorter lengths, so that the lengths alone define it.
/// </summary>
internal static class HpackHuffman
{
    private const int EndOfString = 256;
    private const int LongestPadding = 7;
    private const int Symbols = 257;

    // A state is a node inside the code's tree, 0 its root; four bits lead from it to the next, past one symbol at most,
    // for no code is shorter than five.
    private static readonly Step[] Steps = NewSteps();

    private static ReadOnlySpan<byte> Lengths =>
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
        28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
        5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
        6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
        24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
        21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
        19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
        26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
        30,
    ];

    /// <summary>How many bytes <paramref name="coded"/> stands for at most: five bits for each.</summary>
    public static int MaxDecodedLength(int coded) => coded * 8 / 5;

    /// <summary>
    /// Decodes <paramref name="coded"/> whole, and answers how many bytes that gave. -1: it holds the end of a string, or
    /// its padding is not the seven ones at most that RFC 7541 §5.2 allows.
    /// </summary>
    /// <param name="coded">What was received.</param>
    /// <param name="decoded">At least as large as <see cref="MaxDecodedLength"/>.</param>
    public static int Decode(ReadOnlySpan<byte> coded, Span<byte> decoded)
    {
        var length = 0;
        var step = new Step(0, 0, StepKind.MayEnd);
        foreach (var value in coded)
        {
            step = Steps[step.State << 4 | value >> 4];
            if ((step.Kind & StepKind.HasSymbol) != 0) decoded[length++] = step.Symbol;
            if ((step.Kind & StepKind.Fails) != 0) return -1;
            step = Steps[step.State << 4 | value & 0xf];
            if ((step.Kind & StepKind.HasSymbol) != 0) decoded[length++] = step.Symbol;
            if ((step.Kind & StepKind.Fails) != 0) return -1;
        }
        return (step.Kind & StepKind.MayEnd) != 0 ? length : -1;
    }

    private static Step[] NewSteps()
    {
        var (children, paddings) = NewTree();
        var steps = new Step[paddings.Count << 4];
        for (var i = 0; i < steps.Length; i++) steps[i] = Walk(children, paddings, i >> 4, i & 0xf);
        return steps;
    }

    private static Step Walk(List<int[]> children, List<bool> paddings, int state, int bits)
    {
        byte symbol = 0;
        var kind = default(StepKind);
        for (var bit = 3; bit >= 0; bit--)
        {
            var child = children[state][bits >> bit & 1];
            // Leaves are the complements of their symbols.
            if (child == ~EndOfString) return new Step(0, 0, StepKind.Fails);
            if (child < 0) (symbol, kind) = ((byte)~child, StepKind.HasSymbol);
            state = child < 0 ? 0 : child;
        }
        return new Step((byte)state, symbol, paddings[state] ? kind | StepKind.MayEnd : kind);
    }

    /// <summary>Each node's children, and whether it is reached from the root by ones alone, as many as padding may be.</summary>
    private static (List<int[]> Children, List<bool> Paddings) NewTree()
    {
        List<int[]> children = [[0, 0]];
        List<bool> paddings = [true];
        var code = 0u;
        var lastLength = 0;
        foreach (var symbol in Enumerable.Range(0, Symbols).OrderBy(symbol => Lengths[symbol]).ThenBy(symbol => symbol))
        {
            var length = Lengths[symbol];
            if (lastLength > 0) code = code + 1 << length - lastLength;
            lastLength = length;

            var node = 0;
            for (var bit = length - 1; bit > 0; bit--)
            {
                var isOne = (int)(code >> bit & 1);
                if (children[node][isOne] == 0)
                {
                    children[node][isOne] = children.Count;
                    children.Add([0, 0]);
                    paddings.Add(isOne == 1 && paddings[node] && length - bit <= LongestPadding);
                }
                node = children[node][isOne];
            }
            children[node][code & 1] = ~symbol;
        }
        return (children, paddings);
    }

    [Flags]
    private enum StepKind : byte
    {
        HasSymbol = 1,
        MayEnd = 2,
        Fails = 4,
    }

    private readonly record struct Step(byte State, byte Symbol, StepKind Kind);
}
