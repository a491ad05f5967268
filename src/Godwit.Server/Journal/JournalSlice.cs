using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Journal;

/// <summary>What happened, and what was at a moment: Godwit's own operations over the journal.</summary>
public static class JournalSlice
{
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<GetJournal>();
        services.AddSingleton<DescribeJobAsOf>();
        services.AddSingleton<DescribeJournal>();
    }
}
