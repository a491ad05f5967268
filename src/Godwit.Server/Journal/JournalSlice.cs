using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Godwit.Server.Journal;

/// <summary>What happened, and what was at a moment: Godwit's own operations over the journal.</summary>
public static class JournalSlice
{
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<GetJournal>();
        services.AddSingleton<DescribeJobAsOf>();
        services.AddSingleton<JournalStretches>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<JournalStretches>());
        services.AddSingleton<JournalRetention>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<JournalRetention>());
        services.AddSingleton<DescribeJournal>();
    }
}
