namespace Godwit.Server.Access;

/// <summary>A key that may sign requests.</summary>
/// <param name="UserArn">Who signs: the ARN in the journal and in policies.</param>
public sealed record AccessKey(string Id, string Secret, string Account, string UserArn)
{
    // Records print their members, and a secret must never reach a log.
    public override string ToString() => $"{Id} of {Account}";
}
