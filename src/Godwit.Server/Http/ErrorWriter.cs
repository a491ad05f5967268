using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Xml;
using Godwit.Core;

namespace Godwit.Server.Http;

/// <summary>Refusals as bytes: restJson1 for most services, JSON 1.1 for ACM, XML for S3 and for the query services.</summary>
internal static class ErrorWriter
{
    public static Task Write(Exchange exchange, string service, ServiceError error)
    {
        exchange.Refusal = error.Code;
        return service switch
        {
            "s3" => WriteS3(exchange, error),
            "sts" or "iam" => WriteQuery(exchange, error),
            "acm" => WriteTyped(exchange, error),
            _ => WriteJson(exchange, service, error),
        };
    }

    private static Task WriteJson(Exchange exchange, string service, ServiceError error)
    {
        var body = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = WireJson.Options.Encoder }))
        {
            writer.WriteStartObject();
            writer.WriteString("message", error.Message);
            if (service == "signer")
                writer.WriteString("code", error.Code);
            foreach (var (name, value) in error.Members ?? new Dictionary<string, string>())
                writer.WriteString(name, value);
            writer.WriteEndObject();
        }

        exchange.Context.Response.Headers["x-amzn-ErrorType"] = error.Code;
        return exchange.Send(error.Status, "application/json", body.WrittenMemory);
    }

    /// <summary>AWS JSON 1.1: the exception's name stands in the body.</summary>
    private static Task WriteTyped(Exchange exchange, ServiceError error)
    {
        var body = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = WireJson.Options.Encoder }))
        {
            writer.WriteStartObject();
            writer.WriteString("__type", error.Code);
            writer.WriteString("message", error.Message);
            writer.WriteEndObject();
        }

        exchange.Context.Response.Headers["x-amzn-ErrorType"] = error.Code;
        return exchange.Send(error.Status, JsonTargetDoor.ContentType, body.WrittenMemory);
    }

    private static Task WriteS3(Exchange exchange, ServiceError error) =>
        exchange.Send(error.Status, "application/xml", Xml(writer =>
        {
            writer.WriteStartElement("Error");
            Element(writer, "Code", error.Code);
            Element(writer, "Message", error.Message);
            foreach (var (name, value) in error.Members ?? new Dictionary<string, string>())
                Element(writer, name, value);
            Element(writer, "Resource", exchange.Request.RawPath);
            Element(writer, "RequestId", exchange.RequestId);
            Element(writer, "HostId", exchange.RequestId);
            writer.WriteEndElement();
        }));

    private static Task WriteQuery(Exchange exchange, ServiceError error) =>
        exchange.Send(error.Status, "text/xml", Xml(writer =>
        {
            writer.WriteStartElement("ErrorResponse");
            writer.WriteStartElement("Error");
            Element(writer, "Type", error.Status < 500 ? "Sender" : "Receiver");
            Element(writer, "Code", error.Code);
            Element(writer, "Message", error.Message);
            writer.WriteEndElement();
            Element(writer, "RequestId", exchange.RequestId);
            writer.WriteEndElement();
        }));

    internal static byte[] Xml(Action<XmlWriter> write)
    {
        var text = new MemoryStream();
        using (var writer = XmlWriter.Create(text, new XmlWriterSettings { Encoding = new UTF8Encoding(false), CheckCharacters = false }))
            write(writer);
        return text.ToArray();
    }

    /// <summary>XML has no way to write most control characters, and a hostile name must not break the answer.</summary>
    private static void Element(XmlWriter writer, string name, string value) =>
        writer.WriteElementString(name, string.Concat(value.Select(c => XmlConvert.IsXmlChar(c) || char.IsSurrogate(c) ? c : '\uFFFD')));
}
