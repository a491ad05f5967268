using System.Net;
using System.Text.Json;
using Godwit.Server;
using Godwit.Server.Access.Users;
using Godwit.Server.Http;

namespace Godwit.Console.Tests;

/// <summary>Roles are checked below the pages, by one table, for every operation that there is.</summary>
public sealed class RoleTests(ConsoleServer server) : IClassFixture<ConsoleServer>
{
    private static readonly string[] Changes =
        ["Create", "Update", "Delete", "Put", "Add", "Remove", "Attach", "Detach", "Cancel", "Register", "Set", "Start", "Associate", "Tag", "Untag", "Publish", "Deprecate", "Accept", "Reject", "Enable", "Disable", "Confirm", "Replace", "Clear", "Stop", "Transfer", "Validate", "Revoke", "Sign"];

    [Fact]
    public void No_operation_that_changes_something_is_open_to_viewers()
    {
        var open = server.Get<ServedOperations>().All.Values.Select(served => ServiceName(served.Service, served.Operation.Name))
            .Where(name => Changes.Any(verb => name.StartsWith(verb, StringComparison.Ordinal)) && RoleTable.Wanted(name) == UserRole.Viewer);
        Assert.Empty(open);
    }

    [Theory]
    [InlineData("GET", "/iot/jobs", null, UserRole.Viewer)]
    [InlineData("GET", "/iot/things/none", null, UserRole.Viewer)]
    [InlineData("GET", "/godwit/godwit/fleet", null, UserRole.Viewer)]
    [InlineData("GET", "/godwit/godwit/journal?thing=none", null, UserRole.Viewer)]
    [InlineData("GET", "/godwit/godwit/health", null, UserRole.Viewer)]
    [InlineData("GET", "/s3/none", null, UserRole.Viewer)]
    [InlineData("PUT", "/iot/jobs/none/cancel", "{}", UserRole.Operator)]
    [InlineData("POST", "/godwit/godwit/jobs/none/pause", "{}", UserRole.Operator)]
    [InlineData("POST", "/godwit/godwit/jobs/none/resume", "{}", UserRole.Operator)]
    [InlineData("POST", "/godwit/godwit/jobs/none/rate", """{"maximumPerMinute": 5}""", UserRole.Operator)]
    [InlineData("POST", "/godwit/godwit/plan", "{}", UserRole.Viewer)]
    [InlineData("POST", "/iot/otaUpdates/none", "{}", UserRole.Operator)]
    [InlineData("PUT", "/s3/none/key", "x", UserRole.Operator)]
    [InlineData("DELETE", "/iot/otaUpdates/none", null, UserRole.Approver)]
    [InlineData("DELETE", "/iot/jobs/none", null, UserRole.Approver)]
    [InlineData("DELETE", "/s3/none/key", null, UserRole.Approver)]
    [InlineData("POST", "/iot/policies/none", "{}", UserRole.Approver)]
    [InlineData("POST", "/iot/keys-and-certificate", null, UserRole.Approver)]
    [InlineData("GET", "/godwit/godwit/users", null, UserRole.Admin)]
    [InlineData("POST", "/godwit/godwit/users", "{}", UserRole.Admin)]
    [InlineData("DELETE", "/godwit/godwit/users/none", null, UserRole.Admin)]
    [InlineData("GET", "/iot/registrationcode", null, UserRole.Admin)]
    [InlineData("DELETE", "/iot/registrationcode", null, UserRole.Admin)]
    public async Task Each_operation_is_for_its_role_and_those_above(string method, string path, string? body, UserRole wanted)
    {
        foreach (var role in Enum.GetValues<UserRole>())
        {
            var browser = await server.As(role);
            var answer = await browser.Call(method, "/console/api" + path, body);
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            var refused = answer.StatusCode == HttpStatusCode.Forbidden && text.Contains("needs the role", StringComparison.Ordinal);
            Assert.True(refused == role < wanted, $"{role.Wire()} {method} {path}: {(int)answer.StatusCode} {text}");
        }
    }

    [Theory]
    [InlineData(UserRole.Viewer, false)]
    [InlineData(UserRole.Operator, false)]
    [InlineData(UserRole.Approver, false)]
    [InlineData(UserRole.Admin, true)]
    public async Task Everyone_is_told_whether_the_service_is_well_and_admins_how_each_part_is(UserRole role, bool inDetail)
    {
        var browser = await server.As(role);
        var health = JsonDocument.Parse(await browser.Text("/console/api/godwit/godwit/health")).RootElement;
        Assert.Equal("UP", health.GetProperty("status").GetString());
        Assert.Equal(inDetail ? ["status", "uptimeSeconds", "memoryBytes", "account", "components"] : ["status"], health.EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task What_the_model_refuses_is_refused_here_in_the_same_words()
    {
        var admin = await server.As(UserRole.Admin);
        var answer = await admin.Call("POST", "/console/api/iot/things/" + new string('x', 200), "{}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("length less than or equal to 128", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_people_do_stands_in_the_journal_under_their_name()
    {
        var admin = await server.As(UserRole.Admin);
        Assert.Equal(HttpStatusCode.OK, (await admin.Call("POST", "/console/api/iot/things/journaled", "{}")).StatusCode);
        Assert.Contains("arn:aws:iam::000000000000:user/console/user-admin", await (await admin.Get("/console/api/godwit/godwit/journal?thing=journaled")).Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    /// <summary>The model's spelling, which the table uses: OTA, not Ota.</summary>
    private static string ServiceName(string service, string name) =>
        ServiceCatalog.All.First(one => one.Name == service).Operations.FirstOrDefault(one => one.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Name ?? name;
}
