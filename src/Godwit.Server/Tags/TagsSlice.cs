using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Tags;

/// <summary>Tags of any resource. Slices put tags through <see cref="ResourceTags"/> when they create one.</summary>
public static class TagsSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
        services.AddSingleton<ResourceDirectory>();
        operations.Serve<TagResource>("iot");
        operations.Serve<UntagResource>("iot");
        operations.Serve<ListTagsForResource>("iot");
    }
}
