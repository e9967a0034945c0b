using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace McpSecurity.Architecture.Tests.Model;

/// <summary>What a compiled assembly says of itself, read from its metadata without loading it.</summary>
internal sealed record AssemblyFacts(string Name, IReadOnlyList<string> References, IReadOnlyList<TypeFacts> Types)
{
    public static AssemblyFacts Read(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path} is not built: run ./dev build.", path);
        using var stream = File.OpenRead(path);
        using var file = new PEReader(stream);
        var reader = file.GetMetadataReader();
        return new AssemblyFacts(
            reader.GetString(reader.GetAssemblyDefinition().Name),
            reader.AssemblyReferences.Select(handle => reader.GetString(reader.GetAssemblyReference(handle).Name))
                .ToList(),
            reader.TypeDefinitions.Select(handle => TypeFacts.Read(file, reader, handle)).ToList());
    }
}

/// <summary>One type: names are full, generic arguments in angle brackets (<c>MediatR.IRequest&lt;T&gt;</c>).</summary>
internal sealed record TypeFacts(
    string Name,
    string Namespace,
    bool IsPublic,
    bool IsSealed,
    bool IsStatic,
    bool IsInterface,
    bool IsAbstract,
    bool IsRecord,
    string BaseType,
    IReadOnlyList<string> Interfaces,
    IReadOnlyList<MemberFacts> Properties,
    IReadOnlyList<MemberFacts> Fields,
    IReadOnlyList<MemberFacts> Methods,
    IReadOnlySet<string> Calls)
{
    public string FullName => Namespace.Length == 0 ? Name : $"{Namespace}.{Name}";

    public bool IsEnum => BaseType == "System.Enum";

    public bool IsValueType => BaseType == "System.ValueType";

    public static TypeFacts Read(PEReader file, MetadataReader reader, TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        var names = new TypeNames(reader);
        var methods = type.GetMethods().Select(reader.GetMethodDefinition).ToList();
        var outermost = type;
        var isPublic = IsPublicIn(type);
        while (outermost.IsNested)
        {
            outermost = reader.GetTypeDefinition(outermost.GetDeclaringType());
            isPublic &= IsPublicIn(outermost);
        }

        var isSealed = type.Attributes.HasFlag(TypeAttributes.Sealed);
        var isAbstract = type.Attributes.HasFlag(TypeAttributes.Abstract);
        return new TypeFacts(
            names.OfDefinition(handle),
            reader.GetString(outermost.Namespace),
            isPublic,
            isSealed,
            isSealed && isAbstract,
            type.Attributes.HasFlag(TypeAttributes.Interface),
            isAbstract,
            methods.Any(method => reader.GetString(method.Name) is "<Clone>$" or "PrintMembers"),
            type.BaseType.IsNil ? string.Empty : names.Of(type.BaseType),
            type.GetInterfaceImplementations()
                .Select(implementation => names.Of(reader.GetInterfaceImplementation(implementation).Interface)).ToList(),
            type.GetProperties().Select(property => MemberFacts.OfProperty(reader, names, property)).ToList(),
            type.GetFields().Select(field => MemberFacts.OfField(reader, names, field)).ToList(),
            methods.Select(method => MemberFacts.OfMethod(reader, names, method)).ToList(),
            CallReader.CallsOf(file, reader, names, methods));
    }

    private static bool IsPublicIn(TypeDefinition type) =>
        (type.Attributes & TypeAttributes.VisibilityMask) is TypeAttributes.Public or TypeAttributes.NestedPublic;
}

/// <summary>A property, field or method; <paramref name="Signature"/> is its type, for a method its return and parameters.</summary>
internal sealed record MemberFacts(string Name, string Signature, bool IsPublic, bool IsStatic, bool IsSpecial)
{
    public static MemberFacts OfProperty(MetadataReader reader, TypeNames names, PropertyDefinitionHandle handle)
    {
        var property = reader.GetPropertyDefinition(handle);
        var getter = property.GetAccessors().Getter;
        var attributes = getter.IsNil ? default : reader.GetMethodDefinition(getter).Attributes;
        return new MemberFacts(
            reader.GetString(property.Name),
            property.DecodeSignature(names, null).ReturnType,
            (attributes & MethodAttributes.MemberAccessMask) == MethodAttributes.Public,
            attributes.HasFlag(MethodAttributes.Static),
            IsSpecial: false);
    }

    public static MemberFacts OfField(MetadataReader reader, TypeNames names, FieldDefinitionHandle handle)
    {
        var field = reader.GetFieldDefinition(handle);
        return new MemberFacts(
            reader.GetString(field.Name),
            field.DecodeSignature(names, null),
            (field.Attributes & FieldAttributes.FieldAccessMask) == FieldAttributes.Public,
            field.Attributes.HasFlag(FieldAttributes.Static),
            field.Attributes.HasFlag(FieldAttributes.SpecialName));
    }

    public static MemberFacts OfMethod(MetadataReader reader, TypeNames names, MethodDefinition method)
    {
        var signature = method.DecodeSignature(names, null);
        return new MemberFacts(
            reader.GetString(method.Name),
            $"{signature.ReturnType}({string.Join(", ", signature.ParameterTypes)})",
            (method.Attributes & MethodAttributes.MemberAccessMask) == MethodAttributes.Public,
            method.Attributes.HasFlag(MethodAttributes.Static),
            method.Attributes.HasFlag(MethodAttributes.SpecialName));
    }
}
