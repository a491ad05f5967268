using System.Xml.Linq;
using Godwit.Core;

namespace Godwit.Server.Objects.S3;

/// <summary>Tags and attributes of objects on the wire.</summary>
public sealed class S3Tags(ObjectStore objects, PutObjectTagging putTagging)
{
    internal IEnumerable<S3Route> Routes =>
    [
        new("GetObjectTagging", "GET", S3Level.Object, "tagging", Get),
        new("PutObjectTagging", "PUT", S3Level.Object, "tagging", Put),
        new("DeleteObjectTagging", "DELETE", S3Level.Object, "tagging", Delete),
        new("GetObjectAcl", "GET", S3Level.Object, "acl", GetAcl),
        new("PutObjectAcl", "PUT", S3Level.Object, "acl", S3BucketSettings.RefuseAcl),
    ];

    /// <summary>The pairs of a Tagging element.</summary>
    internal static Result<IReadOnlyDictionary<string, string>> Read(XElement tagging)
    {
        var tags = new Dictionary<string, string>();
        if (tagging.Child("TagSet") is not { } set)
            return S3Errors.MalformedXml;
        foreach (var tag in set.Children("Tag"))
        {
            if (tag.Text("Key") is not { } key || tag.Text("Value") is not { } value)
                return S3Errors.MalformedXml;
            if (!tags.TryAdd(key, value))
                return ObjectTags.Duplicate;
        }

        return tags;
    }

    private async Task<ServiceError?> Get(S3Request request, S3Response response, CancellationToken ct)
    {
        var found = await Find(request, ct);
        if (!found.IsOk)
            return found.Error;
        SetVersion(request, response, found.Value);
        await S3Xml.Write(response, S3Xml.Document("Tagging", xml =>
        {
            xml.WriteStartElement("TagSet");
            foreach (var (key, value) in ObjectVersion.Parse(found.Value.Tags))
            {
                xml.WriteStartElement("Tag");
                xml.Element("Key", key);
                xml.Element("Value", value);
                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }), ct);
        return null;
    }

    private async Task<ServiceError?> Put(S3Request request, S3Response response, CancellationToken ct)
    {
        var body = await S3Xml.Read(request, "Tagging", ct);
        if (!body.IsOk)
            return body.Error == S3Xml.NoBody ? S3Errors.MalformedXml : body.Error;
        var tags = Read(body.Value);
        return tags.IsOk ? await Set(request, response, tags.Value, 200, ct) : tags.Error;
    }

    private Task<ServiceError?> Delete(S3Request request, S3Response response, CancellationToken ct) => Set(request, response, ObjectDetails.None, 204, ct);

    private async Task<ServiceError?> Set(S3Request request, S3Response response, IReadOnlyDictionary<string, string> tags, int status, CancellationToken ct)
    {
        var set = await putTagging.Handle(request.Caller, new(request.Bucket!, request.Key, request.Parameter("versionId"), tags), ct);
        if (!set.IsOk)
            return set.Error;
        SetVersion(request, response, set.Value);
        response.Status = status;
        if (status == 200)
            response.ContentBytes = 0;
        return null;
    }

    private async Task<ServiceError?> GetAcl(S3Request request, S3Response response, CancellationToken ct)
    {
        var found = await Find(request, ct);
        if (!found.IsOk)
            return found.Error;
        SetVersion(request, response, found.Value);
        await S3BucketSettings.WriteAcl(request, response, ct);
        return null;
    }

    private async Task<Result<ObjectVersion>> Find(S3Request request, CancellationToken ct)
    {
        var found = await objects.Find(request.Caller.Account, request.Bucket!, request.Key, request.Parameter("versionId"), ct);
        return found.Then<ObjectVersion>(version => !version.IsDeleteMarker ? version
            : request.Parameter("versionId") is null ? S3Errors.NoSuchKey(request.Key) : S3Errors.MethodNotAllowed(request.Method, "DeleteMarker"));
    }

    private static void SetVersion(S3Request request, S3Response response, ObjectVersion version) =>
        S3Headers.SetVersion(response, version.VersionId == ObjectVersion.NullId && request.Parameter("versionId") is null ? null : version.VersionId);
}
