using System.Globalization;
using System.Text;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Access;
using Godwit.Server.Objects;
using Godwit.Server.Objects.S3;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Godwit.Server.Http.S3;

/// <summary>
/// POST Object: a browser uploads a file by a form whose policy was signed beforehand. The fields come first and the file last; nothing of the file is read
/// before the policy and its signature were found good. AWS: S3 > POST Object.
/// </summary>
public sealed class S3FormPost(AccessKeys keys, SessionKeys sessions, S3Access access, PutObject putObject, TimeProvider time)
{
    private const int FieldsMax = 64, FieldBytesMax = 64 * 1024;

    private const long FileBytesMax = 5L << 30;

    /// <summary>Whether an unsigned request is such a form.</summary>
    internal static bool IsOne(SigV4Request request) =>
        request.Method == "POST" && request.Header("content-type")?.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>The refusal, or null once the answer is written.</summary>
    internal async Task<ServiceError?> Serve(Exchange exchange, string bucket)
    {
        exchange.Operation = "s3.PostObject";
        if (!MediaTypeHeaderValue.TryParse(exchange.Request.Header("content-type"), out var type) || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= 70 } boundary)
            return Malformed("it has no boundary");
        var reader = new MultipartReader(boundary, exchange.Context.Request.Body) { HeadersCountLimit = 8, HeadersLengthLimit = 4096 };
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["bucket"] = bucket };
        try
        {
            while (await reader.ReadNextSectionAsync(exchange.Aborted) is { } section)
            {
                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) || HeaderUtilities.RemoveQuotes(disposition.Name).Value is not { Length: > 0 } name)
                    return Malformed("a field has no name");
                if (name == "file")
                    return await Take(exchange, fields, section, HeaderUtilities.RemoveQuotes(disposition.FileName).Value ?? "");
                if (fields.Count > FieldsMax || await Text(section.Body, exchange.Aborted) is not { } text)
                    return new ServiceError("MaxPostPreDataLengthExceeded", 400, "Your POST request fields preceding the upload file were too large.");
                if (!fields.TryAdd(name, text) && name != "bucket")
                    return Malformed("a field is given twice");
            }
        }
        catch (Exception broken) when (broken is InvalidDataException or EndOfStreamException)
        {
            return Malformed("it does not end where it should");
        }

        return new ServiceError("InvalidArgument", 400, "POST requires exactly one file upload per request.");
    }

    private async Task<ServiceError?> Take(Exchange exchange, Dictionary<string, string> fields, MultipartSection section, string fileName)
    {
        if (!fields.TryGetValue("key", out var pattern))
            return new ServiceError("InvalidArgument", 400, "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.");
        if (Signer(fields) is not { IsOk: true } signed)
            return Signer(fields).Error;
        var policy = PostPolicy.Parse(fields["policy"]);
        if (!policy.IsOk)
            return policy.Error;
        if (policy.Value.Refuse(fields, time.GetUtcNow()) is { } forbidden)
            return forbidden;
        var (key, caller) = (signed.Value, new Caller(signed.Value.Account, exchange.Request.Header("host") is null ? "us-east-1" : Region(fields), signed.Value.UserArn, signed.Value.Id));
        var objectKey = pattern.Replace("${filename}", fileName, StringComparison.Ordinal);
        exchange.Account = caller.Account;
        if (access.Forbids(exchange, key, caller.Region, fields["bucket"])?.Invoke("s3:PutObject", $"arn:aws:s3:::{fields["bucket"]}/{objectKey}", []) is { } denied)
            return denied;
        if (access.DoorFor(key, fields["bucket"]) is { } door)
            caller = caller with { Account = door.Account };
        await using var body = new BoundedStream(section.Body, policy.Value.BytesMin ?? 0, policy.Value.BytesMax ?? FileBytesMax);
        var put = await putObject.Handle(caller, new PutObject.Request(fields["bucket"], objectKey, body, null)
        {
            Headers = ObjectHeaders.Kept.Where(fields.ContainsKey).ToDictionary(header => header, header => fields[header]),
            Metadata = fields.Where(field => field.Key.StartsWith("x-amz-meta-", StringComparison.OrdinalIgnoreCase)).ToDictionary(field => field.Key["x-amz-meta-".Length..].ToLowerInvariant(), field => field.Value),
        }, exchange.Aborted);
        return put.IsOk ? await Answer(exchange, fields, objectKey, put.Value) : put.Error;
    }

    private Result<AccessKey> Signer(Dictionary<string, string> fields)
    {
        if (!fields.TryGetValue("policy", out var policy) || !fields.TryGetValue("x-amz-signature", out var signature) || !fields.ContainsKey("x-amz-date"))
            return SigV4Errors.Missing("s3");
        if (fields.GetValueOrDefault("x-amz-algorithm") != SigV4Claim.Algorithm || SigV4Scope.ParseCredential(fields.GetValueOrDefault("x-amz-credential")) is not var (id, scope) || scope.Service != "s3")
            return SigV4Errors.Unsupported("s3", "form");
        var key = fields.TryGetValue("x-amz-security-token", out var token) ? sessions.Open(id, token) : keys.Find(id);
        if (key is null)
            return SigV4Errors.UnknownKey("s3");
        if (!SigV4.FixedTimeEquals(SigV4.Signature(SigV4.SigningKey(key.Secret, scope), policy), signature))
            return SigV4Errors.DoesNotMatch("s3");
        return key.Session?.Expires <= time.GetUtcNow() ? SigV4Errors.ExpiredToken("s3") : key;
    }

    private static string Region(Dictionary<string, string> fields) => SigV4Scope.ParseCredential(fields["x-amz-credential"])!.Value.Scope.Region;

    private static async Task<ServiceError?> Answer(Exchange exchange, Dictionary<string, string> fields, string key, PutObject.Response put)
    {
        var (bucket, response) = (fields["bucket"], exchange.Context.Response);
        response.Headers.ETag = $"\"{put.ETag}\"";
        var location = $"/{bucket}/{Core.Objects.ObjectKey.Encode(key)}";
        response.Headers.Location = location;
        if (put.VersionId is { } version)
            response.Headers["x-amz-version-id"] = version;
        if (fields.GetValueOrDefault("success_action_redirect") is { } redirect && Uri.TryCreate(redirect, UriKind.Absolute, out var target) && target.Scheme is "http" or "https")
        {
            response.Headers.Location = $"{target.AbsoluteUri}{(target.Query.Length > 0 ? "&" : "?")}bucket={Uri.EscapeDataString(bucket)}&key={Uri.EscapeDataString(key)}&etag={Uri.EscapeDataString($"\"{put.ETag}\"")}";
            await exchange.Send(303, null, default);
            return null;
        }

        var status = int.TryParse(fields.GetValueOrDefault("success_action_status"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) && asked is 200 or 201 ? asked : 204;
        var xml = status == 201
            ? S3Xml.Document("PostResponse", writer =>
            {
                writer.Element("Location", location);
                writer.Element("Bucket", bucket);
                writer.Element("Key", key);
                writer.Element("ETag", $"\"{put.ETag}\"");
            })
            : [];
        await exchange.Send(status, "application/xml", xml);
        return null;
    }

    /// <summary>Null if it is longer than a field may be.</summary>
    private static async Task<string?> Text(Stream body, CancellationToken ct)
    {
        var buffer = new byte[FieldBytesMax + 1];
        var count = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        return count > FieldBytesMax ? null : Encoding.UTF8.GetString(buffer, 0, count);
    }

    private static ServiceError Malformed(string cause) => new("MalformedPOSTRequest", 400, $"The body of your POST request is not well-formed multipart/form-data: {cause}.");
}
