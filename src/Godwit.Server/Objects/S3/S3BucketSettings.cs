using System.Text;
using System.Xml.Linq;
using Godwit.Core;
using Godwit.Core.Access;

namespace Godwit.Server.Objects.S3;

/// <summary>
/// What is set on a bucket besides its versioning, on the wire: policy, CORS, tags, public access block and ownership are kept and given back;
/// what this server has in one way only (no encryption of its own, no life cycle, no log) is answered as AWS answers for a bucket without it.
/// </summary>
public sealed class S3BucketSettings(BucketSettings settings, HeadBucket headBucket)
{
    public const string Cors = "cors";

    internal const string Policy = "policy", PublicAccess = "publicAccessBlock";

    private const string Tagging = "tagging", Ownership = "ownershipControls";

    /// <summary>Operations that a bucket without the setting answers with nothing in them, or with the one value there is.</summary>
    private static readonly (string Operation, string Subresource, string Document)[] Fixed =
    [
        ("GetBucketAccelerateConfiguration", "accelerate", "<AccelerateConfiguration/>"),
        ("GetBucketLogging", "logging", "<BucketLoggingStatus/>"),
        ("GetBucketNotificationConfiguration", "notification", "<NotificationConfiguration/>"),
        ("GetBucketRequestPayment", "requestPayment", "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>"),
    ];

    private static readonly (string Operation, string Subresource, ServiceError Missing)[] Missing =
    [
        ("GetBucketEncryption", "encryption", new("ServerSideEncryptionConfigurationNotFoundError", 404, "The server side encryption configuration was not found")),
        ("GetBucketLifecycleConfiguration", "lifecycle", new("NoSuchLifecycleConfiguration", 404, "The lifecycle configuration does not exist")),
        ("GetBucketReplication", "replication", new("ReplicationConfigurationNotFoundError", 404, "The replication configuration was not found")),
        ("GetBucketWebsite", "website", new("NoSuchWebsiteConfiguration", 404, "The specified bucket does not have a website configuration")),
        ("GetObjectLockConfiguration", "object-lock", new("ObjectLockConfigurationNotFoundError", 404, "Object Lock configuration does not exist for this bucket")),
    ];

    private static ServiceError NoPolicy { get; } = new("NoSuchBucketPolicy", 404, "The bucket policy does not exist");

    internal IEnumerable<S3Route> Routes =>
    [
        new("GetBucketPolicy", "GET", S3Level.Bucket, Policy, GetPolicy),
        new("PutBucketPolicy", "PUT", S3Level.Bucket, Policy, PutPolicy),
        new("DeleteBucketPolicy", "DELETE", S3Level.Bucket, Policy, (request, response, ct) => Remove(request, response, "DeleteBucketPolicy", Policy, ct)),
        new("GetBucketPolicyStatus", "GET", S3Level.Bucket, "policyStatus", GetPolicyStatus),
        .. Document("BucketCors", Cors, "CORSConfiguration", 200, new ServiceError("NoSuchCORSConfiguration", 404, "The CORS configuration does not exist"), null, CorsRules.Refuse),
        .. Document("BucketTagging", Tagging, "Tagging", 204, new ServiceError("NoSuchTagSet", 404, "The TagSet does not exist"), null, RefuseTags),
        .. Document("PublicAccessBlock", PublicAccess, "PublicAccessBlockConfiguration", 200,
            new ServiceError("NoSuchPublicAccessBlockConfiguration", 404, "The public access block configuration was not found"),
            "<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>",
            _ => null),
        .. Document("BucketOwnershipControls", Ownership, "OwnershipControls", 200,
            new ServiceError("OwnershipControlsNotFoundError", 404, "The bucket ownership controls were not found"), "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>", RefuseOwnership),
        new("GetBucketAcl", "GET", S3Level.Bucket, "acl", GetAcl),
        new("PutBucketAcl", "PUT", S3Level.Bucket, "acl", RefuseAcl),
        .. Fixed.Select(entry => new S3Route(entry.Operation, "GET", S3Level.Bucket, entry.Subresource, (request, response, ct) => Answer(request, response, XElement.Parse(entry.Document), ct))),
        .. Missing.Select(entry => new S3Route(entry.Operation, "GET", S3Level.Bucket, entry.Subresource, async (request, response, ct) =>
            (await headBucket.Handle(request.Caller, new(request.Bucket!), ct)).Error ?? entry.Missing)),
    ];

    /// <summary>AWS: a bucket of today has no lists of access; policies take their place.</summary>
    internal static Task<ServiceError?> RefuseAcl(S3Request request, S3Response response, CancellationToken ct) =>
        Task.FromResult<ServiceError?>(new("AccessControlListNotSupported", 400, "The bucket does not allow ACLs"));

    internal static Task WriteAcl(S3Request request, S3Response response, CancellationToken ct) => S3Xml.Write(response, S3Xml.Document("AccessControlPolicy", xml =>
    {
        S3Xml.WriteOwner(xml, request.Caller.Account);
        xml.WriteStartElement("AccessControlList");
        xml.WriteStartElement("Grant");
        xml.WriteStartElement("Grantee");
        xml.WriteAttributeString("xsi", "type", "http://www.w3.org/2001/XMLSchema-instance", "CanonicalUser");
        S3Xml.WriteOwnerMembers(xml, request.Caller.Account);
        xml.WriteEndElement();
        xml.Element("Permission", "FULL_CONTROL");
        xml.WriteEndElement();
        xml.WriteEndElement();
    }), ct);

    /// <summary>Get, Put and Delete of a document in XML.</summary>
    /// <param name="standard">What the bucket has before anything is set, or null where it has nothing.</param>
    private IEnumerable<S3Route> Document(
        string noun, string name, string root, int putStatus, ServiceError missing, string? standard, Func<XElement, ServiceError?> refuse) =>
    [
        new($"Get{noun}", "GET", S3Level.Bucket, name, async (request, response, ct) =>
        {
            var found = await settings.Find(request.Caller, request.Bucket!, name, ct);
            if (!found.IsOk)
                return found.Error;
            var document = found.Value ?? (standard is null ? "" : $"<{root}>{standard}</{root}>");
            return document.Length == 0 ? missing : await Answer(request, response, XElement.Parse(document), ct);
        }),
        new($"Put{noun}", "PUT", S3Level.Bucket, name, async (request, response, ct) =>
        {
            var body = await S3Xml.Read(request, root, ct);
            if (!body.IsOk)
                return body.Error == S3Xml.NoBody ? S3Errors.MalformedXml : body.Error;
            if (refuse(body.Value) is { } refusal)
                return refusal;
            var set = await settings.Set(request.Caller, $"Put{noun}", request.Bucket!, name, Plain(body.Value).ToString(SaveOptions.DisableFormatting), ct);
            response.Status = set.IsOk ? putStatus : response.Status;
            if (set.IsOk && putStatus == 200)
                response.ContentBytes = 0;
            return set.Error;
        }),
        new($"Delete{noun}", "DELETE", S3Level.Bucket, name, (request, response, ct) => Remove(request, response, $"Delete{noun}", name, ct, standard is null ? null : "")),
    ];

    private async Task<ServiceError?> Remove(S3Request request, S3Response response, string operation, string name, CancellationToken ct, string? document = null)
    {
        var removed = await settings.Set(request.Caller, operation, request.Bucket!, name, document, ct);
        if (removed.IsOk)
            response.Status = 204;
        return removed.Error;
    }

    private async Task<ServiceError?> GetPolicy(S3Request request, S3Response response, CancellationToken ct)
    {
        var found = await settings.Find(request.Caller, request.Bucket!, Policy, ct);
        if (!found.IsOk)
            return found.Error;
        if (found.Value is not { } policy)
            return NoPolicy;
        var bytes = Encoding.UTF8.GetBytes(policy);
        response.SetHeader("Content-Type", "application/json");
        response.ContentBytes = bytes.Length;
        await response.Body.WriteAsync(bytes, ct);
        return null;
    }

    private async Task<ServiceError?> GetPolicyStatus(S3Request request, S3Response response, CancellationToken ct)
    {
        var found = await settings.Find(request.Caller, request.Bucket!, Policy, ct);
        return found.Error ?? (found.Value is null ? NoPolicy : await Answer(request, response, XElement.Parse($"<PolicyStatus><IsPublic>{(BucketRules.IsPublic(IdentityPolicy.ParseBucket(found.Value).Value) ? "true" : "false")}</IsPublic></PolicyStatus>"), ct));
    }

    private async Task<ServiceError?> PutPolicy(S3Request request, S3Response response, CancellationToken ct)
    {
        using var content = new MemoryStream();
        var buffer = new byte[4096];
        int count;
        while ((count = await request.Body.ReadAsync(buffer, ct)) > 0)
        {
            content.Write(buffer, 0, count);
            if (content.Length > IdentityPolicy.BucketLengthMax)
                return new ServiceError("PolicyTooLarge", 400, $"Policy exceeds the maximum allowed document size of {IdentityPolicy.BucketLengthMax} bytes.");
        }

        var policy = Encoding.UTF8.GetString(content.ToArray());
        if (IdentityPolicy.ParseBucket(policy).Error is { } malformed)
            return malformed;
        var set = await settings.Set(request.Caller, "PutBucketPolicy", request.Bucket!, Policy, policy, ct);
        if (set.IsOk)
            response.Status = 204;
        return set.Error;
    }

    private async Task<ServiceError?> GetAcl(S3Request request, S3Response response, CancellationToken ct)
    {
        if ((await headBucket.Handle(request.Caller, new(request.Bucket!), ct)).Error is { } refusal)
            return refusal;
        await WriteAcl(request, response, ct);
        return null;
    }

    private async Task<ServiceError?> Answer(S3Request request, S3Response response, XElement document, CancellationToken ct)
    {
        if ((await headBucket.Handle(request.Caller, new(request.Bucket!), ct)).Error is { } refusal)
            return refusal;
        await S3Xml.Write(response, S3Xml.Document(document.Name.LocalName, xml =>
        {
            foreach (var child in document.Elements())
                InNamespace(child).WriteTo(xml);
        }), ct);
        return null;
    }

    private static XElement InNamespace(XElement element) => new(
        XName.Get(element.Name.LocalName, S3Xml.Namespace), element.HasElements ? element.Elements().Select(InNamespace) : element.Value);

    /// <summary>Without namespaces and attributes: what is kept is what it says.</summary>
    private static XElement Plain(XElement element) => new(
        element.Name.LocalName, element.HasElements ? element.Elements().Select(Plain) : element.Value);

    private static ServiceError? RefuseTags(XElement tagging)
    {
        var tags = S3Tags.Read(tagging);
        return tags.IsOk ? ObjectTags.Check(tags.Value, ObjectTags.BucketMax) : tags.Error;
    }

    private static ServiceError? RefuseOwnership(XElement controls) =>
        controls.Child("Rule")?.Text("ObjectOwnership") switch
        {
            "BucketOwnerEnforced" => null,
            "BucketOwnerPreferred" or "ObjectWriter" => S3Errors.NotImplemented("PutBucketOwnershipControls with ACLs (anything but BucketOwnerEnforced)"),
            _ => S3Errors.MalformedXml,
        };
}
