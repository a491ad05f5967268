namespace Godwit.Core.Journal;

/// <summary>A record of the journal that is about a thing and about none of its jobs.</summary>
public readonly record struct ThingMove(string Kind, string? From, string? To);

/// <summary>What the registry said of a thing, as its own records tell it.</summary>
/// <param name="IsRegistered">It was there.</param>
/// <param name="Attributes">As they are kept; null where it was not there.</param>
/// <param name="Certificates">Ids of the certificates that were attached, in the order in which they came.</param>
public sealed record ThingAsOf(bool IsRegistered, string? Attributes, IReadOnlyList<string> Certificates)
{
    private const string Certificate = "cert/";

    /// <summary>Folds records in their order.</summary>
    public static ThingAsOf Fold(IEnumerable<ThingMove> moves)
    {
        var (registered, attributes, certificates) = (false, (string?)null, new List<string>());
        foreach (var (kind, from, to) in moves)
        {
            switch (kind)
            {
                case "CreateThing" or "UpdateThing":
                    (registered, attributes) = (true, to);
                    break;
                case "DeleteThing":
                    (registered, attributes) = (false, null);
                    certificates.Clear();
                    break;
                default:
                    if (IdOf(from) is { } detached)
                        certificates.Remove(detached);
                    if (IdOf(to) is { } attached && !certificates.Contains(attached))
                        certificates.Add(attached);
                    break;
            }
        }
        return new ThingAsOf(registered, attributes, certificates);
    }

    private static string? IdOf(string? subject) => subject?.StartsWith(Certificate, StringComparison.Ordinal) == true ? subject[Certificate.Length..] : null;
}
