using Godwit.Server.Jobs.Device;
using Godwit.Server.Jobs.Progress;
using Godwit.Server.Jobs.Templates;
using Godwit.Server.Placement;
using Godwit.Server.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Godwit.Server.Jobs;

/// <summary>Jobs: what runs on which thing, how fast, and what each thing says of it.</summary>
public static class JobsSlice
{
    private const string Control = "iot";
    private const string Data = "iot-jobs-data";

    public static void Add(IServiceCollection services, ServedOperations operations)
    {
        services.TryAddSingleton<IDeviceLink, NoDeviceLink>();
        services.TryAddSingleton<IDeviceStanding, NoDeviceStanding>();
        services.AddSingleton<JobRole>();
        services.AddSingleton<JobBell>();
        services.AddSingleton<DataPlaneRate>();
        services.AddSingleton<ConcurrentJobs>();
        services.AddSingleton<JobEvents>();
        services.AddSingleton<JobSweeper>();
        services.AddSingleton<PaceClock>();
        services.AddSingleton<JobMetrics>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<JobMetrics>());
        services.AddSingleton<ExecutionRetention>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<ExecutionRetention>());
        services.AddSingleton<JobLeaving>();
        services.AddSingleton<JobStep>();
        services.AddSingleton<PauseJob>();
        services.AddSingleton<JobDelivery>();
        services.AddSingleton<JobDocumentSource>();
        services.AddSingleton<JobMembership>();
        services.AddSingleton(provider => provider.GetRequiredService<JobMembership>().Hook);
        services.AddSingleton<JobNotifications>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<JobNotifications>());
        services.AddSingleton<JobPictures>();
        services.AddSingleton(provider => new DescribeJobProgress(provider.GetRequiredService<Database>(), provider.GetRequiredService<JobPictures>()));
        services.AddSingleton(provider => new ListJobCells(provider.GetRequiredService<Database>(), provider.GetRequiredService<JobPictures>()));
        services.AddSingleton<JobTimers>();
        services.AddSingleton<JobRunner>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<JobRunner>());
        services.AddSingleton(new ResourceKind("job", Taggable: true, (session, account, name) => JobStore.Find(session, account, name) is not null));
        services.AddSingleton(new ResourceKind("jobtemplate", Taggable: true, (session, account, name) => JobTemplateRow.Find(session, account, name) is not null));
        AddControl(operations);
        AddTemplates(operations);
        AddData(services, operations);
    }

    private static void AddControl(ServedOperations operations)
    {
        operations.Serve<CreateJob>(Control);
        operations.Serve<DescribeJob>(Control);
        operations.Serve<ListJobs>(Control);
        operations.Serve<UpdateJob>(Control);
        operations.Serve<CancelJob>(Control);
        operations.Serve<DeleteJob>(Control);
        operations.Serve<GetJobDocument>(Control);
        operations.Serve<AssociateTargetsWithJob>(Control);
        operations.Serve<DescribeJobExecution>(Control);
        operations.Serve<CancelJobExecution>(Control);
        operations.Serve<DeleteJobExecution>(Control);
        operations.Serve<ListJobExecutionsForJob>(Control);
        operations.Serve<ListJobExecutionsForThing>(Control);
    }

    private static void AddTemplates(ServedOperations operations)
    {
        operations.Serve<CreateJobTemplate>(Control);
        operations.Serve<DescribeJobTemplate>(Control);
        operations.Serve<ListJobTemplates>(Control);
        operations.Serve<DeleteJobTemplate>(Control);
        operations.Serve<DescribeManagedJobTemplate>(Control);
        operations.Serve<ListManagedJobTemplates>(Control);
    }

    /// <summary>The same four operations by HTTP and by MQTT.</summary>
    private static void AddData(IServiceCollection services, ServedOperations operations)
    {
        operations.Serve<GetPendingJobExecutions>(Data);
        operations.Serve<StartNextPendingJobExecution>(Data);
        operations.Serve<Device.DescribeJobExecution>(Data);
        operations.Serve<UpdateJobExecution>(Data);
        services.AddSingleton<ITopicService, JobsTopics>();
    }
}
