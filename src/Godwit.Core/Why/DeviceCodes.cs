namespace Godwit.Core.Why;

/// <summary>What a code says, and what can be done about it where the code itself tells.</summary>
public sealed record DeviceCode(string Name, string Meaning, string? Remedy = null);

/// <summary>The error codes of agents in the field, by the libraries' own names and numbers. They never change their meaning once released.</summary>
public static class DeviceCodes
{
    private const string NewVersion = "Build the image with a higher version number and make a new update.";
    private const string CheckSignature =
        "Sign the image with the key whose certificate the device trusts, over exactly the bytes that were uploaded, and check that the document's signature key is the one the agent looks for.";
    private const string SmallerImage = "Make the image smaller, or the device's partition for updates larger.";
    private const string CheckDocument = "Compare the job document with what this agent reads: aws iot get-job-document.";
    private const string BootLoader = "Look at the device's boot loader and partition table; its log has the sub-code's meaning.";
    private const string Retry = "The device can try again: make a new update, or ask for retries with godwit:retry.";

    /// <summary>The image's states that the device's own application sets, without an error: <c>rejected: 0x00000000</c> and <c>aborted: 0x00000000</c>.</summary>
    public static IReadOnlyDictionary<string, DeviceCode> ByTheApplication { get; } = new Dictionary<string, DeviceCode>
    {
        ["rejected"] = new("OtaImageStateRejected", "the new image did not pass its self-test; the device goes back to the old one", "Look at what the application tests after an update, and at the device's log."),
        ["aborted"] = new("OtaImageStateAborted", "the device's application stopped the update"),
    };

    /// <summary>Names of the codes after which the old image runs again.</summary>
    public static IReadOnlySet<string> FallBacks { get; } = new HashSet<string> { "OtaImageStateRejected", "OtaErrImageStateMismatch", "kOTA_Err_ImageStateMismatch" };

    /// <summary>The OTA library 3.x for FreeRTOS: <c>OtaErr_t</c>.</summary>
    public static IReadOnlyDictionary<uint, DeviceCode> Agent { get; } = new Dictionary<uint, DeviceCode>
    {
        [0x00] = new("OtaErrNone", "no error"),
        [0x01] = new("OtaErrUninitialized", "the agent failed before it had a code to set"),
        [0x02] = new("OtaErrPanic", "the agent is in a state it cannot leave", "Restart the device and look at its log."),
        [0x03] = new("OtaErrInvalidArg", "the application called the agent with an invalid argument", "It is an error in the device's application."),
        [0x04] = new("OtaErrAgentStopped", "the agent was stopped while it worked", Retry),
        [0x05] = new("OtaErrSignalEventFailed", "the agent's event queue was full", "Give the agent a longer event queue."),
        [0x06] = new("OtaErrRequestJobFailed", "the agent could not publish its request for a job", "Check iot:Publish on its jobs topics, and the connection."),
        [0x07] = new("OtaErrInitFileTransferFailed", "the download could not be set up", "MQTT: check iot:Subscribe on its streams topics. HTTP: check that the device reaches the URL's host and trusts its certificate."),
        [0x08] = new("OtaErrRequestFileBlockFailed", "a request for a block could not be sent", "MQTT: check iot:Publish on its streams topics. HTTP: the URL may have expired or its host be out of reach."),
        [0x09] = new("OtaErrCleanupControlFailed", "the agent could not unsubscribe from the jobs topics"),
        [0x0a] = new("OtaErrCleanupDataFailed", "the agent could not unsubscribe from the stream"),
        [0x0b] = new("OtaErrUpdateJobStatusFailed", "the agent could not publish its report", "Check iot:Publish on its jobs topics."),
        [0x0c] = new("OtaErrJobParserError", "the agent could not read the job document", CheckDocument),
        [0x0d] = new("OtaErrInvalidDataProtocol", "the document names no protocol that the agent was built for", "Name MQTT or HTTP in the update's protocols, as the agent was built."),
        [0x0e] = new("OtaErrMomentumAbort", "too many requests for blocks went without an answer", "Check iot:Receive on its streams topics and that no other client uses its client id."),
        [0x0f] = new("OtaErrDowngradeNotAllowed", "the new image's version is lower than the one that installed it", NewVersion),
        [0x10] = new("OtaErrSameFirmwareVersion", "the running image has the same version as the one that installed it: either the image's version was not raised, or the device fell back to its old image", NewVersion),
        [0x11] = new("OtaErrImageStateMismatch", "the job is in self-test but the device is not: the new image did not start and the old one runs", BootLoader),
        [0x12] = new("OtaErrNoActiveJob", "the image's state was set while no job was active"),
        [0x13] = new("OtaErrUserAbort", "the device's application stopped the update"),
        [0x14] = new("OtaErrFailedToEncodeCbor", "a request for blocks could not be encoded", "The agent's buffer for requests is too small."),
        [0x15] = new("OtaErrFailedToDecodeCbor", "an answer with a block could not be decoded", "The agent's receive buffer is too small for its block size: it needs the block and 128 bytes more."),
        [0x16] = new("OtaErrActivateFailed", "the new image could not be activated", BootLoader),
        [0x17] = new("OtaErrFileSizeOverflow", "the image is larger than the agent allows", SmallerImage),
        [0x18] = new("OtaErrEmptyJobDocument", "the job document was empty; this is usual at start-up"),
    };

    /// <summary>The platform's part of the same library: <c>OtaPalMainStatus_t</c>. The sub-code is the platform's own.</summary>
    public static IReadOnlyDictionary<uint, DeviceCode> Platform { get; } = new Dictionary<uint, DeviceCode>
    {
        [0xe0] = new("OtaPalSuccess", "no error"),
        [0xe1] = new("OtaPalOutOfMemory", "out of memory", "Free memory on the device for the time of the update."),
        [0xe2] = new("OtaPalNullFileContext", "the platform was called without a file"),
        [0xe3] = new("OtaPalSignatureCheckFailed", "the image's signature does not verify", CheckSignature),
        [0xe4] = new("OtaPalRxFileCreateFailed", "the place for the image could not be opened", BootLoader),
        [0xe5] = new("OtaPalRxFileTooLarge", "the image does not fit", SmallerImage),
        [0xe6] = new("OtaPalBootInfoCreateFailed", "the boot information could not be written", BootLoader),
        [0xe7] = new("OtaPalBadSignerCert", "the signer's certificate is not on the device or cannot be read", "certificateName must be the path or slot that holds the certificate on the device; nothing is downloaded there."),
        [0xe8] = new("OtaPalBadImageState", "the image's state is not one the platform knows", BootLoader),
        [0xe9] = new("OtaPalAbortFailed", "the update could not be aborted", BootLoader),
        [0xea] = new("OtaPalRejectFailed", "the new image could not be marked invalid", BootLoader),
        [0xeb] = new("OtaPalCommitFailed", "the new image could not be marked valid", BootLoader),
        [0xec] = new("OtaPalActivateFailed", "the new image could not be activated", BootLoader),
        [0xed] = new("OtaPalFileAbort", "the file could not be given up", BootLoader),
        [0xee] = new("OtaPalFileClose", "the file could not be closed", "Most often the signature check at the end; the sub-code tells."),
    };

    /// <summary>The agent of Amazon FreeRTOS before 2021: the main code is the highest byte.</summary>
    public static IReadOnlyDictionary<uint, DeviceCode> OldAgent { get; } = new Dictionary<uint, DeviceCode>
    {
        [0x01] = new("kOTA_Err_SignatureCheckFailed", "the image's signature does not verify", CheckSignature),
        [0x02] = new("kOTA_Err_BadSignerCert", "the signer's certificate is not on the device or cannot be read", "certificateName must be the path or slot that holds the certificate on the device."),
        [0x03] = new("kOTA_Err_OutOfMemory", "out of memory", "Free memory on the device for the time of the update."),
        [0x04] = new("kOTA_Err_ActivateFailed", "the new image could not be activated", BootLoader),
        [0x05] = new("kOTA_Err_CommitFailed", "the new image could not be marked valid", BootLoader),
        [0x06] = new("kOTA_Err_RejectFailed", "the new image could not be marked invalid", BootLoader),
        [0x07] = new("kOTA_Err_AbortFailed", "the update could not be aborted", BootLoader),
        [0x08] = new("kOTA_Err_PublishFailed", "a message could not be published", "Check iot:Publish on its jobs and streams topics, and the connection."),
        [0x09] = new("kOTA_Err_BadImageState", "the image's state is not one the platform knows", BootLoader),
        [0x0a] = new("kOTA_Err_NoActiveJob", "the image's state was set while no job was active"),
        [0x0b] = new("kOTA_Err_NoFreeContext", "the agent had no room for another file"),
        [0x0c] = new("kOTA_Err_HTTPInitFailed", "the HTTP download could not be set up", "The URL's host must be reachable on port 443, with a certificate that the device trusts."),
        [0x0d] = new("kOTA_Err_HTTPRequestFailed", "an HTTP request for the image failed", "The URL may have expired: raise expiresInSec, or look at the download's status in the log."),
        [0x10] = new("kOTA_Err_FileAbort", "the file could not be given up", BootLoader),
        [0x11] = new("kOTA_Err_FileClose", "the file could not be closed", BootLoader),
        [0x12] = new("kOTA_Err_RxFileCreateFailed", "the place for the image could not be opened", BootLoader),
        [0x13] = new("kOTA_Err_BootInfoCreateFailed", "the boot information could not be written", BootLoader),
        [0x14] = new("kOTA_Err_RxFileTooLarge", "the image does not fit", SmallerImage),
        [0x20] = new("kOTA_Err_NullFilePtr", "the platform was called without a file"),
        [0x21] = new("kOTA_Err_MomentumAbort", "too many requests for blocks went without an answer", "Check iot:Receive on its streams topics and that no other client uses its client id."),
        [0x22] = new("kOTA_Err_DowngradeNotAllowed", "the new image's version is lower than the one that installed it", NewVersion),
        [0x23] = new("kOTA_Err_SameFirmwareVersion", "the running image has the same version as the one that installed it: either the image's version was not raised, or the device fell back to its old image", NewVersion),
        [0x24] = new("kOTA_Err_JobParserError", "the agent could not read the job document", CheckDocument),
        [0x25] = new("kOTA_Err_FailedToEncodeCBOR", "a request for blocks could not be encoded"),
        [0x26] = new("kOTA_Err_ImageStateMismatch", "the job is in self-test but the device is not: the new image did not start and the old one runs", BootLoader),
        [0x27] = new("kOTA_Err_GenericIngestError", "a block could not be taken in; the sub-code tells"),
        [0x28] = new("kOTA_Err_UserAbort", "the device's application stopped the update"),
        [0x29] = new("kOTA_Err_ResetNotSupported", "the device cannot reset itself", "Restart the device by hand to start the new image."),
        [0x2a] = new("kOTA_Err_TopicTooLarge", "a topic is longer than the agent's buffer", "The thing's name and the stream's name must fit the agent's topic buffer."),
        [0x2b] = new("kOTA_Err_SelfTestTimerFailed", "the self-test's timer could not be started"),
        [0x2c] = new("kOTA_Err_EventQueueSendFailed", "the agent's event queue was full"),
        [0x2d] = new("kOTA_Err_InvalidDataProtocol", "the document names no protocol that the agent was built for", "Name MQTT or HTTP in the update's protocols, as the agent was built."),
        [0x2e] = new("kOTA_Err_OTAAgentStopped", "the agent was stopped while it worked", Retry),
        [0xff] = new("kOTA_Err_Uninitialized", "the agent failed before it had a code to set"),
    };

    /// <summary>ESP-IDF's <c>esp_err_t</c>, as far as updates meet it.</summary>
    public static IReadOnlyDictionary<uint, DeviceCode> Esp { get; } = new Dictionary<uint, DeviceCode>
    {
        [0x101] = new("ESP_ERR_NO_MEM", "out of memory", "Free memory on the device for the time of the update."),
        [0x102] = new("ESP_ERR_INVALID_ARG", "invalid argument"),
        [0x103] = new("ESP_ERR_INVALID_STATE", "invalid state"),
        [0x104] = new("ESP_ERR_INVALID_SIZE", "invalid size", SmallerImage),
        [0x105] = new("ESP_ERR_NOT_FOUND", "not found", "The partition table needs an otadata partition and two app partitions."),
        [0x107] = new("ESP_ERR_TIMEOUT", "time-out", Retry),
        [0x109] = new("ESP_ERR_INVALID_CRC", "a checksum does not fit", Retry),
        [0x10a] = new("ESP_ERR_INVALID_VERSION", "the version is not allowed", NewVersion),
        [0x1501] = new("ESP_ERR_OTA_PARTITION_CONFLICT", "the update was about to overwrite the running image", "The partition table needs two app partitions."),
        [0x1502] = new("ESP_ERR_OTA_SELECT_INFO_INVALID", "the otadata partition holds nonsense", "Erase the otadata partition."),
        [0x1503] = new("ESP_ERR_OTA_VALIDATE_FAILED", "the image is no valid application for this chip", "Upload the .bin that idf.py built for this chip, signed if secure boot is on."),
        [0x1504] = new("ESP_ERR_OTA_SMALL_SEC_VER", "the image's security version is below the chip's anti-rollback fuse", NewVersion),
        [0x1505] = new("ESP_ERR_OTA_ROLLBACK_FAILED", "there is no image to go back to"),
        [0x1506] = new("ESP_ERR_OTA_ROLLBACK_INVALID_STATE", "the image cannot be rolled back in its state"),
        [0x2002] = new("ESP_ERR_IMAGE_INVALID", "the image is no valid application for this chip", "Upload the .bin that idf.py built for this chip, signed if secure boot is on."),
        [0x6001] = new("ESP_ERR_FLASH_OP_FAIL", "the flash refused a write or an erase", BootLoader),
        [0x6002] = new("ESP_ERR_FLASH_OP_TIMEOUT", "the flash did not answer in time", BootLoader),
        [0x8001] = new("ESP_ERR_ESP_TLS_CANNOT_RESOLVE_HOSTNAME", "the host's name cannot be resolved", "Check the device's DNS and the URL's host."),
        [0x8004] = new("ESP_ERR_ESP_TLS_FAILED_CONNECT_TO_HOST", "the host cannot be reached", "The URL's host must be reachable from the device's network on port 443."),
        [0x801a] = new("ESP_ERR_MBEDTLS_SSL_HANDSHAKE_FAILED", "the TLS handshake failed", "The device must trust the certificate of the URL's host; its clock must be right."),
    };

    /// <summary>Nordic's <c>fota_download_error_cause</c>.</summary>
    public static IReadOnlyDictionary<uint, DeviceCode> Nordic { get; } = new Dictionary<uint, DeviceCode>
    {
        [1] = new("FOTA_DOWNLOAD_ERROR_CAUSE_DOWNLOAD_FAILED", "the download failed", Retry),
        [2] = new("FOTA_DOWNLOAD_ERROR_CAUSE_INVALID_UPDATE", "the image was found invalid; trying again will not help", "Upload the image that the build calls app_update.bin (or the modem's delta), made for this device."),
        [3] = new("FOTA_DOWNLOAD_ERROR_CAUSE_TYPE_MISMATCH", "the image is of another kind (application, modem, boot loader) than the job says", "Upload an image of the kind that the job names."),
        [4] = new("FOTA_DOWNLOAD_ERROR_CAUSE_INTERNAL", "an error inside the device", "Look at the device's log."),
    };
}
