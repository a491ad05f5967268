using Godwit.Core;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Acm;

/// <summary>Tags of certificates, with ACM's exceptions. ACM's resource names are apart from iot's by their prefix.</summary>
internal static class AcmTags
{
    public static string Resource(AcmCertificate certificate) => "acm:" + certificate.Resource;

    public static Result<Nothing> Put(WriteSession session, AcmCertificate certificate, IReadOnlyList<Tag>? tags)
    {
        var put = ResourceTags.Put(session, certificate.Account, Resource(certificate), tags);
        return put.IsOk ? put
            : put.Error.Code == "LimitExceededException" ? AcmErrors.TooManyTags(put.Error.Message)
            : AcmErrors.InvalidTag(put.Error.Message);
    }
}
