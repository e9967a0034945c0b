using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace McpSecurity.Architecture.Tests.Model;

/// <summary>Walks method bodies and lists what they call, as <c>Namespace.Type.Member</c>.</summary>
internal static class CallReader
{
    private static readonly Dictionary<int, OperandType> Operands = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (int)(ushort)code.Value, code => code.OperandType);

    public static IReadOnlySet<string> CallsOf(
        PEReader file, MetadataReader reader, TypeNames names, IEnumerable<MethodDefinition> methods)
    {
        var calls = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var method in methods)
        {
            if (method.RelativeVirtualAddress == 0)
                continue;
            var body = file.GetMethodBody(method.RelativeVirtualAddress).GetILReader();
            while (body.RemainingBytes > 0)
            {
                int code = body.ReadByte();
                if (code == 0xFE)
                    code = 0xFE00 | body.ReadByte();
                Read(ref body, Operands[code], token =>
                {
                    if (Describe(reader, names, MetadataTokens.EntityHandle(token)) is { } call)
                        calls.Add(call);
                });
            }
        }

        return calls;
    }

    private static void Read(ref BlobReader body, OperandType operand, Action<int> onMember)
    {
        switch (operand)
        {
            case OperandType.InlineNone:
                break;
            case OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineField:
                onMember(body.ReadInt32());
                break;
            case OperandType.InlineSwitch:
                // In two steps: the compound assignment would read the offset before the count is read.
                var targets = body.ReadInt32();
                body.Offset += 4 * targets;
                break;
            case OperandType.InlineI8 or OperandType.InlineR:
                body.Offset += 8;
                break;
            case OperandType.InlineVar:
                body.Offset += 2;
                break;
            case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                body.Offset += 1;
                break;
            default:
                body.Offset += 4;
                break;
        }
    }

    private static string? Describe(MetadataReader reader, TypeNames names, EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.MethodSpecification:
                return Describe(reader, names, reader.GetMethodSpecification((MethodSpecificationHandle)handle).Method);
            case HandleKind.MemberReference:
                var member = reader.GetMemberReference((MemberReferenceHandle)handle);
                return $"{names.Of(member.Parent)}.{reader.GetString(member.Name)}";
            default:
                return null;
        }
    }
}
