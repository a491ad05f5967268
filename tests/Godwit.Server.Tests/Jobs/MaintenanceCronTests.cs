using CsCheck;
using Godwit.Server.Jobs;

namespace Godwit.Server.Tests.Jobs;

public class MaintenanceCronTests
{
    [Theory]
    [InlineData("cron(0 2 ? * MON *)", "2027-01-01T00:00", "2027-01-04T02:00")]
    [InlineData("cron(0 2 ? * 2 *)", "2027-01-01T00:00", "2027-01-04T02:00")]
    [InlineData("cron(0 2 ? * 1 *)", "2027-01-01T00:00", "2027-01-03T02:00")]
    [InlineData("cron(0 2 ? * SUN-TUE *)", "2027-01-04T02:00", "2027-01-05T02:00")]
    [InlineData("cron(15 10 L * ? *)", "2027-02-01T00:00", "2027-02-28T10:15")]
    [InlineData("cron(15 10 ? * 6#3 *)", "2027-01-01T00:00", "2027-01-15T10:15")]
    [InlineData("cron(0/20 4 1 1 ? 2030-2031)", "2027-01-01T00:00", "2030-01-01T04:00")]
    [InlineData("cron(0 0 29 2 ? *)", "2027-01-01T00:00", "2028-02-29T00:00")]
    [InlineData("0 2 ? * MON *", "2027-01-01T00:00", "2027-01-04T02:00")]
    public void It_finds_the_next_window(string text, string after, string next) =>
        Assert.Equal(At(next), MaintenanceCron.Parse(text, out _)!.Next(At(after)));

    [Fact]
    public void A_year_that_is_over_has_no_window() => Assert.Null(MaintenanceCron.Parse("cron(0 2 ? * MON 2026)", out _)!.Next(At("2027-01-01T00:00")));

    [Theory]
    [InlineData("cron(0 2 ? * MON)")]
    [InlineData("cron(0 2 ? * 8 *)")]
    [InlineData("cron(0 2 ? * 0 *)")]
    [InlineData("cron(60 2 ? * MON *)")]
    [InlineData("cron(0 2 ? * MON 1969)")]
    [InlineData("cron(0 2 ? * MON 2030-2029)")]
    [InlineData("cron(0 2 ? * MON x)")]
    [InlineData("rate(5 minutes)")]
    [InlineData("")]
    public void What_is_no_expression_is_refused_with_the_reason(string text)
    {
        Assert.Null(MaintenanceCron.Parse(text, out var why));
        Assert.False(string.IsNullOrEmpty(why));
    }

    [Fact]
    public void It_agrees_with_looking_at_every_minute() =>
        Gen.Select(Gen.Int[0, 59], Gen.Int[0, 23], Gen.Int[1, 7].Array[1, 3], Gen.Int[0, 60 * 24 * 365]).Sample((minute, hour, days, from) =>
        {
            var after = At("2027-01-01T00:00").AddMinutes(from);
            var at = after.AddMinutes(1);
            while (at.Minute != minute || at.Hour != hour || !days.Contains((int)at.DayOfWeek + 1))
                at = at.AddMinutes(1);
            Assert.Equal(at, MaintenanceCron.Parse($"cron({minute} {hour} ? * {string.Join(',', days)} *)", out _)!.Next(after));
        }, iter: 200);

    private static DateTimeOffset At(string text) => Core.Jobs.ScheduleTimes.Parse(text)!.Value;
}
