using System.Globalization;
using Godwit.Core.Access;
using Godwit.Core.Objects;
using Godwit.Server.Access;

namespace Godwit.Server.Objects;

/// <summary>
/// Presigned object URLs as S3 understands them: path style on <see cref="Endpoints.DownloadBase"/>, only <c>host</c> signed, short, and without any character that JSON would escape.
/// </summary>
public sealed class PresignedUrls(Endpoints endpoints, AccessKeys keys, TimeProvider time)
{
    /// <summary>AWS: SigV4 > a presigned URL lives at most seven days.</summary>
    public static readonly TimeSpan ExpiresMax = TimeSpan.FromDays(7);

    /// <summary>A URL to download an object; with <paramref name="versionId"/>, this version and no other.</summary>
    public string ForGet(string account, string region, string bucket, string key, string? versionId, TimeSpan expires) =>
        Sign("GET", account, region, bucket, key, versionId, expires);

    /// <summary>A URL to upload an object.</summary>
    public string ForPut(string account, string region, string bucket, string key, TimeSpan expires) =>
        Sign("PUT", account, region, bucket, key, null, expires);

    private string Sign(string method, string account, string region, string bucket, string key, string? versionId, TimeSpan expires)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(expires, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(expires, ExpiresMax);
        var path = $"/{bucket}/{ObjectKey.Encode(key)}";
        var query = versionId is null ? "" : $"versionId={Uri.EscapeDataString(versionId)}";
        var inner = keys.Inner(account);
        var signer = new SigV4Signer(inner.Id, inner.Secret, region, "s3");
        return $"{endpoints.DownloadBase}{path}?{signer.Presign(new SigV4Request(method, path, query, [new("Host", Authority())]), time.GetUtcNow(), expires)}";
    }

    /// <summary>What clients send as Host: the port only where it is not the scheme's own.</summary>
    private string Authority()
    {
        var uri = new Uri(endpoints.DownloadBase);
        return uri.IsDefaultPort ? uri.IdnHost : $"{uri.IdnHost}:{uri.Port.ToString(CultureInfo.InvariantCulture)}";
    }
}
