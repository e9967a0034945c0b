using System.Linq;

namespace Planted.Beta.Engine.Runtime
{
    public static class Matcher
    {
        // HotPathsArePlain.
        public static int Largest(int[] values) => values.Max();
    }
}

namespace Planted.Beta.Engine.Compilation
{
    public static class Compiler
    {
        public static int Smallest(int[] values) => values.Min();

        // A jump table in the code: whoever reads bodies has to step over it.
        public static string Name(int value) => value switch
        {
            0 => "zero",
            1 => "one",
            2 => "two",
            3 => "three",
            4 => "four",
            5 => string.Join(',', "f", "ive"),
            _ => string.Empty,
        };
    }
}
