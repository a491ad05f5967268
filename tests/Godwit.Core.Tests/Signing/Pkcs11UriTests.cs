using CsCheck;
using Godwit.Core.Signing;

namespace Godwit.Core.Tests.Signing;

public sealed class Pkcs11UriTests
{
    [Theory]
    [InlineData("pkcs11:token=fleet;object=signer;id=%01%ff", "pkcs11:token=fleet;object=signer;id=%01%FF")]
    [InlineData("pkcs11:id=abc;type=private", "pkcs11:id=%61%62%63")]
    [InlineData("pkcs11:object=a%20b%3Bc", "pkcs11:object=a%20b%3Bc")]
    public void A_key_is_named_by_token_object_and_id(string text, string canonical) => Assert.Equal(canonical, Pkcs11Uri.Read(text).Value.ToString());

    [Theory]
    [InlineData("pkcs11:", "names no key")]
    [InlineData("pkcs11:token=fleet", "names no key")]
    [InlineData("pkcs11:object=a;object=b", "twice")]
    [InlineData("pkcs11:object=%4", "percent-encoding")]
    [InlineData("pkcs11:object=ä", "percent-encoding")]
    [InlineData("pkcs11:object=a;slot-id=3", "'slot-id=3'")]
    [InlineData("pkcs11:object=a;type=public", "'type=public'")]
    [InlineData("pkcs11:object=a?pin-source=file:/etc/pin", "Pkcs11PinFile")]
    [InlineData("file:/key.pem", "pkcs11:")]
    public void What_names_no_key_is_refused_by_its_attribute(string text, string words) => Assert.Contains(words, Pkcs11Uri.Read(text).Error!.Message, StringComparison.Ordinal);

    [Fact]
    public void What_is_written_is_read_back() => Gen.Select(Gen.String[1, 20].Where(IsWhole), Gen.Byte.Array[1, 20]).Sample((label, id) =>
    {
        var uri = new Pkcs11Uri("t", label, id);
        return Pkcs11Uri.Read(uri.ToString()).Value.Equals(uri);
    });

    private static bool IsWhole(string text) => text.EnumerateRunes().All(rune => rune != System.Text.Rune.ReplacementChar);
}
