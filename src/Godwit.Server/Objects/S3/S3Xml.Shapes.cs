using System.Security.Cryptography;
using System.Text;
using System.Xml;
using Godwit.Server.Objects.Checksums;
using Godwit.Server.Objects.Multipart;

namespace Godwit.Server.Objects.S3;

/// <summary>The shapes that stand in several of S3's answers, members in AWS's order.</summary>
public static partial class S3Xml
{
    /// <summary>An element with text; nothing at all for null.</summary>
    public static void Element(this XmlWriter xml, string name, string? text)
    {
        if (text is not null)
            xml.WriteElementString(name, text);
    }

    /// <summary>AWS's canonical user id is 64 hex digits; here it is derived from the account.</summary>
    public static void WriteOwner(XmlWriter xml, string account, string element = "Owner")
    {
        xml.WriteStartElement(element);
        WriteOwnerMembers(xml, account);
        xml.WriteEndElement();
    }

    public static void WriteOwnerMembers(XmlWriter xml, string account)
    {
        xml.Element("ID", Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes("canonical-user/" + account))));
        xml.Element("DisplayName", account);
    }

    public static void WriteChecksums(XmlWriter xml, IReadOnlyDictionary<string, string> checksums)
    {
        foreach (var algorithm in ChecksumAlgorithms.All)
            xml.Element(algorithm.Element(), checksums.GetValueOrDefault(algorithm.Name()));
        xml.Element("ChecksumType", checksums.GetValueOrDefault(ObjectDetails.ChecksumType));
    }

    public static void WriteContents(XmlWriter xml, ObjectVersion version, Func<string, string> encode, string? owner)
    {
        xml.WriteStartElement("Contents");
        xml.Element("Key", encode(version.ObjectKey));
        WriteCommon(xml, version);
        if (owner is not null)
            WriteOwner(xml, owner);
        xml.WriteEndElement();
    }

    public static void WriteVersion(XmlWriter xml, ObjectVersion version, Func<string, string> encode, string owner)
    {
        xml.WriteStartElement(version.IsDeleteMarker ? "DeleteMarker" : "Version");
        xml.Element("Key", encode(version.ObjectKey));
        xml.Element("VersionId", version.VersionId);
        xml.Element("IsLatest", version.IsLatest ? "true" : "false");
        if (version.IsDeleteMarker)
            xml.Element("LastModified", S3Headers.XmlDate(version.LastModified));
        else
            WriteCommon(xml, version);
        WriteOwner(xml, owner);
        xml.WriteEndElement();
    }

    public static void WriteDeletion(XmlWriter xml, DeleteObjects.Deletion deletion)
    {
        var (asked, answer) = deletion;
        xml.WriteStartElement(answer.IsOk ? "Deleted" : "Error");
        xml.Element("Key", asked.Key);
        xml.Element("VersionId", asked.VersionId);
        if (!answer.IsOk)
        {
            xml.Element("Code", answer.Error.Code);
            xml.Element("Message", answer.Error.Message);
        }
        else if (answer.Value.IsDeleteMarker)
        {
            xml.Element("DeleteMarker", "true");
            xml.Element("DeleteMarkerVersionId", answer.Value.VersionId);
        }
        xml.WriteEndElement();
    }

    public static void WritePart(XmlWriter xml, UploadedPart part)
    {
        xml.WriteStartElement("Part");
        xml.Element("PartNumber", S3Parameters.Text(part.PartNumber));
        xml.Element("LastModified", S3Headers.XmlDate(part.LastModified));
        xml.Element("ETag", S3Headers.Quoted(part.ETag));
        xml.Element("Size", S3Parameters.Text(part.SizeBytes));
        foreach (var algorithm in ChecksumAlgorithms.All)
            xml.Element(algorithm.Element(), part.Checksum(algorithm.Name()));
        xml.WriteEndElement();
    }

    public static void WriteUpload(XmlWriter xml, MultipartUpload upload, Func<string, string> encode, string account)
    {
        xml.WriteStartElement("Upload");
        xml.Element("Key", encode(upload.ObjectKey));
        xml.Element("UploadId", upload.UploadId);
        WriteOwner(xml, account, "Initiator");
        WriteOwner(xml, account);
        xml.Element("StorageClass", "STANDARD");
        xml.Element("Initiated", S3Headers.XmlDate(upload.Initiated));
        xml.Element("ChecksumAlgorithm", upload.ChecksumAlgorithm);
        xml.Element("ChecksumType", upload.ChecksumType);
        xml.WriteEndElement();
    }

    private static void WriteCommon(XmlWriter xml, ObjectVersion version)
    {
        xml.Element("LastModified", S3Headers.XmlDate(version.LastModified));
        xml.Element("ETag", S3Headers.Quoted(version.ETag));
        var checksums = version.Details.Checksums;
        xml.Element("ChecksumAlgorithm", checksums.Keys.FirstOrDefault(k => k != ObjectDetails.ChecksumType));
        xml.Element("ChecksumType", checksums.GetValueOrDefault(ObjectDetails.ChecksumType));
        xml.Element("Size", S3Parameters.Text(version.SizeBytes));
        xml.Element("StorageClass", "STANDARD");
    }
}
