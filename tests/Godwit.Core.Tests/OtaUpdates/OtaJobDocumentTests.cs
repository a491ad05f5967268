using System.Text.Json;
using Godwit.Core.Jobs;
using Godwit.Core.OtaUpdates;

namespace Godwit.Core.Tests.OtaUpdates;

public sealed class OtaJobDocumentTests
{
    private const string Stream = "AFR_OTA-00000000-1111-2222-3333-444444444444";

    private static readonly OtaFileSignature Signature = new("sig-sha256-ecdsa", "MEUCIQ+/==");

    private static readonly OtaJobFile File = new("/fw/app.bin", 10_000, 0, "/certs/sign.crt", null, "firmware", "v42/app.bin", null, Signature);

    [Fact]
    public void Over_MQTT_there_is_a_stream_and_no_url() => Assert.Equal(
        """{"afr_ota":{"protocols":["MQTT"],"streamname":"AFR_OTA-00000000-1111-2222-3333-444444444444","files":[{"filepath":"/fw/app.bin","filesize":10000,"fileid":0,"certfile":"/certs/sign.crt","update_data_url":null,"auth_scheme":null,"sig-sha256-ecdsa":"MEUCIQ+/=="}]}}""",
        OtaJobDocument.Write(["MQTT"], Stream, "us-east-1", [File]));

    [Fact]
    public void Over_HTTP_there_is_a_url_and_no_stream() => Assert.Equal(
        """{"afr_ota":{"protocols":["HTTP"],"files":[{"filepath":"/fw/app.bin","filesize":10000,"fileid":0,"certfile":"/certs/sign.crt","update_data_url":"${aws:iot:s3-presigned-url:https://s3.us-east-1.amazonaws.com/firmware/v42/app.bin}","auth_scheme":"aws.s3.presigned","sig-sha256-ecdsa":"MEUCIQ+/=="}]}}""",
        OtaJobDocument.Write(["HTTP"], null, "us-east-1", [File]));

    [Fact]
    public void Over_both_there_is_all_of_it_and_the_protocols_keep_their_order() => Assert.Equal(
        """{"afr_ota":{"protocols":["HTTP","MQTT"],"streamname":"AFR_OTA-00000000-1111-2222-3333-444444444444","files":[{"filepath":"/fw/app.bin","filesize":10000,"fileid":0,"certfile":"/certs/sign.crt","fileType":202,"update_data_url":"${aws:iot:s3-presigned-url:https://s3.us-east-1.amazonaws.com/firmware/v42/app.bin}","auth_scheme":"aws.s3.presigned","sig-sha256-ecdsa":"MEUCIQ+/=="}]}}""",
        OtaJobDocument.Write(["HTTP", "MQTT"], Stream, "us-east-1", [File with { FileType = 202 }]));

    [Fact]
    public void An_unsigned_file_without_a_name_has_nulls_as_AWS_writes_them() => Assert.Equal(
        """{"afr_ota":{"protocols":["MQTT"],"streamname":"s","files":[{"filepath":null,"filesize":10000,"fileid":3,"certfile":null,"update_data_url":null,"auth_scheme":null,"sig--":null}]}}""",
        OtaJobDocument.Write(["MQTT"], "s", "us-east-1", [File with { FilePath = null, CertFile = null, FileId = 3, Signature = null }]));

    [Theory]
    [InlineData("v42/app.bin", null)]
    [InlineData("v42/app.bin", "3sL4kqtJlcpXroDTDmJ-rmSpXd3dIbrHY")]
    [InlineData("a b/ü+%2F{x}${y}?versionId=z\"\\.bin", "null")]
    [InlineData("}", null)]
    public void The_placeholder_leads_back_to_the_very_object(string key, string? version)
    {
        var document = OtaJobDocument.Write(["HTTP"], null, "eu-west-1", [File with { Key = key, Version = version }]);
        var placeholder = Assert.Single(DocumentPlaceholders.Find(document));
        Assert.Equal(new S3Location("firmware", key, version), placeholder.Location);
        Assert.Equal(PlaceholderKind.Download, placeholder.Kind);
        var filled = DocumentPlaceholders.Fill(document, _ => "https://files.example/x");
        Assert.Equal("https://files.example/x", JsonDocument.Parse(filled).RootElement.GetProperty("afr_ota").GetProperty("files")[0].GetProperty("update_data_url").GetString());
    }

    [Theory]
    [InlineData("SHA256", "ECDSA", "sig-sha256-ecdsa")]
    [InlineData("SHA256", "RSA", "sig-sha256-rsa")]
    [InlineData("SHA1", "RSA", "sig-sha1-rsa")]
    [InlineData("SHA1", "ECDSA", "sig-sha1-ecdsa")]
    [InlineData("SHA-256", "ECDSA", "sig-sha-256-ecdsa")]
    public void The_signatures_key_is_made_of_the_algorithms_as_they_are_given(string hash, string algorithm, string key) =>
        Assert.Equal(new OtaFileSignature(key, "VEVTVA=="), OtaFileSignature.Custom(hash, algorithm, "VEVTVA=="u8));

    [Fact]
    public void A_signature_that_is_no_text_is_written_in_base64() =>
        Assert.Equal("MEUCIQD/", OtaFileSignature.Custom("SHA256", "ECDSA", [0x30, 0x45, 0x02, 0x21, 0x00, 0xFF]).Text);
}
