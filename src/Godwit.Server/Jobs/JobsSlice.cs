using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Jobs;

/// <summary>Jobs: what runs on which thing, how fast, and what each thing says of it.</summary>
public static class JobsSlice
{
    private const string Control = "iot";

    public static void Add(IServiceCollection services, ServedOperations operations)
    {
        services.AddSingleton<JobBell>();
        services.AddSingleton(new ResourceKind("job", Taggable: true, (session, account, name) => JobStore.Find(session, account, name) is not null));
        operations.Serve<CreateJob>(Control);
        operations.Serve<DescribeJob>(Control);
        operations.Serve<GetJobDocument>(Control);
        operations.Serve<CancelJob>(Control);
        operations.Serve<DeleteJob>(Control);
    }
}
