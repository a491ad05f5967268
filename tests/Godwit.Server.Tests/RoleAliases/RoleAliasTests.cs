using Godwit.Server.RoleAliases;
using Godwit.Server.Tests.Things;

namespace Godwit.Server.Tests.RoleAliases;

public sealed class RoleAliasTests : IAsyncLifetime
{
    private const string Role = "arn:aws:iam::000000000000:role/device";

    private Registry _registry = null!;

    public async ValueTask InitializeAsync() => _registry = await Registry.Start();

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task An_alias_is_made_shown_changed_and_deleted()
    {
        var made = await Create("a1");
        Assert.Equal("arn:aws:iot:eu-central-1:000000000000:rolealias/a1", made.RoleAliasArn);
        Assert.Equal("ResourceAlreadyExistsException", (await _registry.Ask(
            _registry.Get<CreateRoleAlias>(), new CreateRoleAlias.Request { RoleAlias = "a1", RoleArn = Role })).Error?.Code);
        _registry.Time.Advance(TimeSpan.FromMinutes(1));
        await _registry.Do(_registry.Get<UpdateRoleAlias>(), new UpdateRoleAlias.Request { RoleAlias = "a1", CredentialDurationSeconds = 900 });
        var shown = (await _registry.Do(_registry.Get<DescribeRoleAlias>(), new DescribeRoleAlias.Request { RoleAlias = "a1" })).RoleAliasDescription;
        Assert.Equal((Role, 900, "000000000000", TimeSpan.FromMinutes(1)), (shown.RoleArn, shown.CredentialDurationSeconds, shown.Owner, shown.LastModifiedDate - shown.CreationDate));
        await _registry.Do(_registry.Get<DeleteRoleAlias>(), new DeleteRoleAlias.Request { RoleAlias = "a1" });
        Assert.Equal("ResourceNotFoundException", (await _registry.Ask(_registry.Get<DeleteRoleAlias>(), new DeleteRoleAlias.Request { RoleAlias = "a1" })).Error?.Code);
    }

    [Fact]
    public async Task Aliases_are_listed_by_name_in_either_direction()
    {
        foreach (var alias in new[] { "b", "a", "c" })
            await Create(alias);
        Assert.Equal(["a", "b", "c"], await List(ascending: true));
        Assert.Equal(["c", "b", "a"], await List(ascending: false));
    }

    [Fact]
    public async Task A_role_of_another_account_is_refused() => Assert.Equal("InvalidRequestException", (await _registry.Ask(
        _registry.Get<CreateRoleAlias>(), new CreateRoleAlias.Request { RoleAlias = "a", RoleArn = "arn:aws:iam::123456789012:role/device" })).Error?.Code);

    private Task<CreateRoleAlias.Response> Create(string alias) =>
        _registry.Do(_registry.Get<CreateRoleAlias>(), new CreateRoleAlias.Request { RoleAlias = alias, RoleArn = Role });

    private async Task<List<string>> List(bool ascending)
    {
        var found = new List<string>();
        string? marker = null;
        do
        {
            var page = await _registry.Do(_registry.Get<ListRoleAliases>(), new ListRoleAliases.Request { AscendingOrder = ascending, PageSize = 2, Marker = marker });
            found.AddRange(page.RoleAliases);
            marker = page.NextMarker;
        }
        while (marker is not null);
        return found;
    }
}
