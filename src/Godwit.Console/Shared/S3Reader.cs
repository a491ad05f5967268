using System.Globalization;
using System.Xml.Linq;
using Godwit.Core;
using Godwit.Server.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Godwit.Pages.Shared;

/// <summary>Buckets and objects, read as S3's clients read them.</summary>
public sealed class S3Reader(InnerCalls calls, Visit visit, IServiceProvider services)
{
    /// <summary>A page of objects; older ones are found by their name.</summary>
    private const int VersionsMax = 200;

    public async Task<Result<IReadOnlyList<string>>> Buckets()
    {
        var answer = await Get("/", "");
        return answer.Map<IReadOnlyList<string>>(xml => [.. Elements(xml, "Bucket").Select(bucket => Value(bucket, "Name"))]);
    }

    /// <summary>Versions of a bucket's objects, by key and the newest of a key first.</summary>
    public async Task<Result<IReadOnlyList<StoredVersion>>> Versions(string bucket, string prefix)
    {
        var answer = await Get($"/{Words.Url(bucket)}", $"versions=&max-keys={VersionsMax}&prefix={Words.Url(prefix)}");
        return answer.Map<IReadOnlyList<StoredVersion>>(xml => [.. Elements(xml, "Version").Select(version => new StoredVersion(
            bucket, Value(version, "Key"), Value(version, "VersionId"), Value(version, "IsLatest") == "true", long.Parse(Value(version, "Size"), CultureInfo.InvariantCulture),
            Value(version, "ETag").Trim('"'), DateTimeOffset.Parse(Value(version, "LastModified"), CultureInfo.InvariantCulture)))]);
    }

    /// <summary>Makes a bucket that keeps versions, if it is not there.</summary>
    public async Task<ServiceError?> MakeBucket(string bucket)
    {
        var path = $"/{Words.Url(bucket)}";
        if ((await Send(HttpMethods.Head, path, "", [])).IsOk)
            return null;
        return (await Send(HttpMethods.Put, path, "", [])).Error
            ?? (await Send(HttpMethods.Put, path, "versioning=", "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status></VersioningConfiguration>"u8.ToArray())).Error;
    }

    /// <summary>Puts an object; answers its version.</summary>
    public async Task<Result<string>> Put(string bucket, string key, byte[] content)
    {
        var answer = await Send(HttpMethods.Put, $"/{Words.Url(bucket)}/{Words.Url(key)}", "", content);
        return answer.Map(context => context.Response.Headers["x-amz-version-id"].ToString());
    }

    private async Task<Result<XDocument>> Get(string path, string query)
    {
        var answer = await Send(HttpMethods.Get, path, query, []);
        if (!answer.IsOk)
            return answer.Error;
        answer.Value.Response.Body.Position = 0;
        return XDocument.Load(answer.Value.Response.Body);
    }

    private async Task<Result<HttpContext>> Send(string method, string path, string query, byte[] content)
    {
        var context = new DefaultHttpContext { RequestServices = services };
        var body = new MemoryStream();
        context.Request.Method = method;
        context.Request.Body = new MemoryStream(content);
        context.Request.ContentLength = content.Length;
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(body));
        return await calls.CallS3(visit.User!, context, path, query) is { } refused ? refused : context;
    }

    private static IEnumerable<XElement> Elements(XDocument xml, string name) => xml.Descendants().Where(element => element.Name.LocalName == name);

    private static string Value(XElement parent, string name) => parent.Elements().FirstOrDefault(element => element.Name.LocalName == name)?.Value ?? "";
}

/// <summary>A version of an object.</summary>
public sealed record StoredVersion(string Bucket, string Key, string VersionId, bool IsLatest, long Bytes, string ETag, DateTimeOffset ModifiedAt)
{
    /// <summary>For a link of S3, with the slashes of the key kept.</summary>
    public string Path => $"/{Uri.EscapeDataString(Bucket)}/{string.Join('/', Key.Split('/').Select(Uri.EscapeDataString))}";
}
