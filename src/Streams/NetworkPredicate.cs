using McpSecurity.Pipeline;

namespace McpSecurity.Streams;

/// <summary>A value is an address of a network; text that is no address never is.</summary>
public sealed class NetworkPredicate(FieldId field, IpNetwork network) : ValuePredicate(field, network.ToString())
{
    internal override LiteralKey? Key { get; } = new LiteralKey(LiteralPlace.Present, [], Decides: false);

    protected override bool MatchesValue(EventText text, int index)
    {
        ArgumentNullException.ThrowIfNull(text);
        return network.Contains(text.Raw(index));
    }
}
