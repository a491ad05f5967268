using Godwit.Core.Why;

namespace Godwit.Core.Tests.Why;

public sealed class DeviceWordsTests
{
    [Theory]
    [InlineData("reason", "0x000000e3: 0x00000000", "FreeRTOS OTA", "OtaPalSignatureCheckFailed", "signature does not verify")]
    [InlineData("reason", "0x000000e5: 0x00001504", "FreeRTOS OTA", "OtaPalRxFileTooLarge", "ESP_ERR_OTA_SMALL_SEC_VER")]
    [InlineData("reason", "0x000000ec: 0x00001503", "FreeRTOS OTA", "OtaPalActivateFailed", "no valid application for this chip")]
    [InlineData("reason", "0x000000e4: 0x00000042", "FreeRTOS OTA", "OtaPalRxFileCreateFailed", "the platform's own code is 0x42")]
    [InlineData("reason", "rejected: 0x00000010", "FreeRTOS OTA", "OtaErrSameFirmwareVersion", "rejected: the running image has the same version")]
    [InlineData("reason", "rejected: 0x00000000", "FreeRTOS OTA", "OtaImageStateRejected", "did not pass its self-test")]
    [InlineData("reason", "aborted: 0x00000000", "FreeRTOS OTA", "OtaImageStateAborted", "application stopped")]
    [InlineData("reason", "rejected: 0x0000000f", "FreeRTOS OTA", "OtaErrDowngradeNotAllowed", "version is lower")]
    [InlineData("reason", "aborted: 0x00000013", "FreeRTOS OTA", "OtaErrUserAbort", "aborted: the device's application")]
    [InlineData("reason", "0x0000000e: 0x00000000", "FreeRTOS OTA", "OtaErrMomentumAbort", "without an answer")]
    [InlineData("reason", "0x23000000: 0x00000000", "Amazon FreeRTOS OTA (before 2021)", "kOTA_Err_SameFirmwareVersion", "same version")]
    [InlineData("reason", "rejected: 0x26000000", "Amazon FreeRTOS OTA (before 2021)", "kOTA_Err_ImageStateMismatch", "self-test")]
    [InlineData("reason", "0x01000000: 0x00000000", "Amazon FreeRTOS OTA (before 2021)", "kOTA_Err_SignatureCheckFailed", "does not verify")]
    [InlineData("reason", "esp_ota_end: ESP_ERR_OTA_VALIDATE_FAILED", "ESP-IDF", "ESP_ERR_OTA_VALIDATE_FAILED", "no valid application")]
    [InlineData("reason", "0x1502", "ESP-IDF", "ESP_ERR_OTA_SELECT_INFO_INVALID", "otadata")]
    [InlineData("reason", "accepted  v0.9.3", "FreeRTOS OTA", null, "version 0.9.3 passed its self-test")]
    [InlineData("reason", "battery too low", "own words", null, "words of its own")]
    [InlineData("reason", "0x77777777: 0x00000000", "own words", null, "no agent known here")]
    [InlineData("receive", "12/240", "FreeRTOS OTA", null, "12 of 240 blocks (5 %)")]
    [InlineData("receive", "nonsense", "FreeRTOS OTA", null, "downloading")]
    [InlineData("self_test", "active", "FreeRTOS OTA", null, "tests itself")]
    [InlineData("self_test", "rejected", "FreeRTOS OTA", null, "did not pass its self-test")]
    [InlineData("nextState", "download_firmware", "nRF Connect aws_fota", null, "downloading")]
    [InlineData("nextState", "apply_update", "nRF Connect aws_fota", null, "restarts into the new image")]
    [InlineData("error_code", "1003", "rustot", null, "error 1003")]
    [InlineData("step", "flashing", "own words", null, "words of its own")]
    public void Words_of_agents_in_the_field_are_understood(string name, string value, string agent, string? code, string meaning)
    {
        var words = DeviceWords.Decode(new Dictionary<string, string> { [name] = value })!;
        Assert.Equal((agent, code), (words.Agent, words.Code));
        Assert.Contains(meaning, words.Meaning, StringComparison.Ordinal);
        Assert.Contains(value, words.Said, StringComparison.Ordinal);
    }

    [Fact]
    public void The_installing_version_is_read_from_its_word()
    {
        var words = DeviceWords.Decode(new Dictionary<string, string> { ["self_test"] = "ready", ["updatedBy"] = "0x00090002" })!;
        Assert.EndsWith("(installed by version 0.9.2)", words.Meaning, StringComparison.Ordinal);
    }

    [Fact]
    public void Nordic_causes_and_progress_are_read()
    {
        var failed = DeviceWords.Decode(new Dictionary<string, string> { ["nextState"] = "download_firmware", ["progress"] = "40", ["cause"] = "3" })!;
        Assert.Equal("FOTA_DOWNLOAD_ERROR_CAUSE_TYPE_MISMATCH", failed.Code);
        Assert.Contains("40 % are there", DeviceWords.Decode(new Dictionary<string, string> { ["nextState"] = "download_firmware", ["progress"] = "40" })!.Meaning, StringComparison.Ordinal);
    }

    [Fact]
    public void No_words_mean_nothing()
    {
        Assert.Null(DeviceWords.Decode(null));
        Assert.Null(DeviceWords.Decode(new Dictionary<string, string>()));
    }

    [Fact]
    public void Every_code_of_a_table_says_something_and_names_are_unique()
    {
        var all = new[] { DeviceCodes.Agent, DeviceCodes.Platform, DeviceCodes.OldAgent, DeviceCodes.Esp, DeviceCodes.Nordic }.SelectMany(table => table.Values).ToList();
        Assert.All(all, code => Assert.False(string.IsNullOrWhiteSpace(code.Meaning)));
        Assert.Equal(all.Count, all.Select(code => code.Name).Distinct().Count());
    }
}
