namespace Godwit.Mqtt;

/// <summary>One world of topics: what is subscribed and retained in it never meets another domain's.</summary>
internal sealed class Domain(string name, BrokerOptions options, ISessionJournal? journal, BrokerClock clock)
{
    public string Name => name;

    public TopicTree Tree { get; } = new(options.Profile.ParentMatchesMultiLevelWildcard);

    public Retained Retained { get; } = new(
        name, options.RetainedMessagesMax, options.RetainedBytesMax,
        options.Profile.RetainedForWildcardFilters, options.Profile.ParentMatchesMultiLevelWildcard, journal, clock);
}
