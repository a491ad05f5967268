namespace Godwit.Server.Iam;

/// <summary>Unique ids as AWS makes them: four letters for the kind, then seventeen.</summary>
internal static class EntityIds
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    public static string New(IRandomSource random, string prefix) => prefix + random.NewText(17, Alphabet);
}
