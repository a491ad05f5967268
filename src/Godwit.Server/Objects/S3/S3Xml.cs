using System.Security.Cryptography;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Godwit.Core;
using Godwit.Server.Objects.Checksums;

namespace Godwit.Server.Objects.S3;

/// <summary>S3's XML, both ways. Reading refuses document types and whatever is too large; writing escapes all that came from outside.</summary>
public static partial class S3Xml
{
    public const string Namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

    /// <summary>A CompleteMultipartUpload of 10,000 parts with checksums is about 2 MiB.</summary>
    private const int BodyBytesMax = 4 << 20;

    private const int DepthMax = 16;

    private static readonly XmlWriterSettings Writing = new()
    {
        Encoding = new UTF8Encoding(false),
        // Keys may hold characters that XML 1.0 has no way to write; they become character references, as in S3.
        CheckCharacters = false,
    };

    /// <summary>The answer of <see cref="Read"/> where the body is empty; some operations do without.</summary>
    public static ServiceError NoBody { get; } = new("MissingRequestBodyError", 400, "Request Body is empty");

    public static async Task Write(S3Response response, byte[] document, CancellationToken ct)
    {
        response.SetHeader("Content-Type", "application/xml");
        response.ContentBytes = document.Length;
        await response.Body.WriteAsync(document, ct);
    }

    /// <summary>A document whose root is <paramref name="root"/> in S3's namespace.</summary>
    public static byte[] Document(string root, Action<XmlWriter> members)
    {
        using var stream = new MemoryStream();
        using (var xml = XmlWriter.Create(stream, Writing))
        {
            xml.WriteStartDocument();
            xml.WriteStartElement(root, Namespace);
            members(xml);
            xml.WriteEndElement();
        }
        return stream.ToArray();
    }

    /// <summary>The root element of a request's body, its checksums verified; namespaces are ignored, as S3 does.</summary>
    /// <param name="bodyChecksum">Whether a checksum header is of this body.</param>
    public static async Task<Result<XElement>> Read(S3Request request, string root, CancellationToken ct, bool bodyChecksum = true)
    {
        using var buffer = new MemoryStream();
        var chunk = new byte[16 << 10];
        int count;
        while ((count = await request.Body.ReadAsync(chunk, ct)) > 0)
        {
            if (buffer.Length + count > BodyBytesMax)
                return S3Errors.MalformedXml;
            buffer.Write(chunk, 0, count);
        }
        if (buffer.Length == 0)
            return NoBody;
        if (Verify(request, buffer.GetBuffer().AsSpan(0, (int)buffer.Length), bodyChecksum) is { } refusal)
            return refusal;
        buffer.Position = 0;
        return Parse(buffer).Then<XElement>(element => element.Name.LocalName == root ? element : S3Errors.MalformedXml);
    }

    /// <summary>A child by its local name, in whatever namespace.</summary>
    public static XElement? Child(this XElement parent, string name) => parent.Elements().FirstOrDefault(e => e.Name.LocalName == name);

    public static IEnumerable<XElement> Children(this XElement parent, string name) => parent.Elements().Where(e => e.Name.LocalName == name);

    public static string? Text(this XElement parent, string name) => parent.Child(name)?.Value;

    private static ServiceError? Verify(S3Request request, ReadOnlySpan<byte> body, bool bodyChecksum)
    {
        var declared = S3Headers.Declared(request);
        if (!declared.IsOk)
            return declared.Error;
        var claims = bodyChecksum ? declared.Value : new DeclaredChecksums(declared.Value.Md5, null, null, null);
        return claims.CheckForm() ?? claims.Verify(MD5.HashData(body), claims.Algorithm is { } algorithm ? Checksum.Of(algorithm, body) : null);
    }

    private static Result<XElement> Parse(Stream body)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = BodyBytesMax,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            CheckCharacters = false,
        };
        try
        {
            // Depth first, in a pass of its own: a tree is built and freed by recursion.
            using (var depth = XmlReader.Create(body, settings))
            {
                while (depth.Read())
                {
                    if (depth.Depth > DepthMax)
                        return S3Errors.MalformedXml;
                }
            }
            body.Position = 0;
            using var reader = XmlReader.Create(body, settings);
            return XElement.Load(reader);
        }
        catch (XmlException)
        {
            return S3Errors.MalformedXml;
        }
    }
}
