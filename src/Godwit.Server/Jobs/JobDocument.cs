using System.Text.Json;
using Godwit.Core;
using Godwit.Core.Jobs;

namespace Godwit.Server.Jobs;

/// <summary>A checked document: as it was given, as devices get it, and how many placeholders it has.</summary>
internal sealed record JobDocument(string Text, string ForDevices, int Placeholders)
{
    public static Result<JobDocument> Parse(string text, PresignedUrlConfig? presigned)
    {
        string forDevices;
        try
        {
            using var json = JsonDocument.Parse(text);
            forDevices = DeviceDocument.Of(json.RootElement);
        }
        catch (JsonException broken)
        {
            return JobErrors.DocumentNotJson(broken.Message);
        }
        var found = DocumentPlaceholders.Find(forDevices);
        var placeholders = found.Count;
        if (placeholders > JobLimits.PlaceholdersMax)
            return JobErrors.TooManyPlaceholders(placeholders);
        if (found.Any(placeholder => placeholder.Kind != PlaceholderKind.Signature) && presigned?.RoleArn is null)
            return JobErrors.PlaceholderWithoutRole;
        foreach (var upload in found.Where(placeholder => placeholder is { Kind: PlaceholderKind.Upload, Location: not null }))
            if (DocumentPlaceholders.TooOften(upload.Location!.Key) is { } variable)
                return JobErrors.VariableTooOften(variable);
        return new JobDocument(text, forDevices, placeholders);
    }
}
