using McpSecurity.Kernel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecurity.Modules;

/// <summary>The effective settings of one module, for <c>GET /api/v1/config</c>.</summary>
public sealed record EffectiveOptions(string Module, object Values);

/// <summary>A setting that the host cannot start with; carries the refusal to the command line.</summary>
public sealed class OptionsRefusedException(Failure failure) : Exception(failure?.Message)
{
    public Failure Failure { get; } = failure!;
}

/// <summary>Binding and checking of a module's section.</summary>
public static class ModuleOptions
{
    /// <summary>
    /// Binds the section to <typeparamref name="T"/> and registers it. A key that no property reads, a value of the
    /// wrong type and a value out of range stop the start, each with its name.
    /// </summary>
    public static void AddModuleOptions<T>(
        this IServiceCollection services, string module, IConfiguration section,
        Func<T, IEnumerable<(string Setting, string Expected)>> violations)
        where T : class, new()
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(violations);
        var options = new T();
        var details = new List<FailureDetail>();
        foreach (var setting in section.GetChildren())
        {
            var property = typeof(T).GetProperty(
                setting.Key,
                System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.IgnoreCase);
            if (property is null)
            {
                details.Add(new FailureDetail($"{module}:{setting.Key}", "There is no such setting."));
                continue;
            }

            try
            {
                var value = Convert.ChangeType(
                    setting.Value, property.PropertyType, System.Globalization.CultureInfo.InvariantCulture);
                property.SetValue(options, value);
            }
            catch (Exception exception) when (exception is FormatException or OverflowException or InvalidCastException)
            {
                details.Add(new FailureDetail(
                    $"{module}:{property.Name}", $"'{setting.Value}' is no {TypeName(property.PropertyType)}."));
            }
        }

        details.AddRange(violations(options).Select(violation =>
            new FailureDetail($"{module}:{violation.Setting}", $"Expected is {violation.Expected}.")));
        if (details.Count > 0)
            throw new OptionsRefusedException(Refused($"The settings of {module} cannot be used:", details));

        services.AddSingleton(options);
        services.AddSingleton(new EffectiveOptions(module, options));
    }

    /// <summary>The refusal of settings, each with its name.</summary>
    public static Failure Refused(string message, IReadOnlyList<FailureDetail> settings) =>
        Failure.Invalid("config.setting_invalid", message) with { Details = settings };

    private static string TypeName(Type type) =>
        type == typeof(bool) ? "true or false" : type == typeof(string) ? "text" : "number";
}
