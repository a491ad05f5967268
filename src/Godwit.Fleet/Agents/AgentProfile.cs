using System.Security.Cryptography;

namespace Godwit.Fleet.Agents;

/// <summary>Which firmware a device runs and how it is built.</summary>
public enum Personality
{
    /// <summary>The classic FreeRTOS OTA agent: CBOR blocks by bitmap or HTTP ranges, progress reports, self-test with version check.</summary>
    Classic,

    /// <summary>The newer modular libraries: start-next, one JSON block at a time, only the final report.</summary>
    Modular,

    /// <summary>The classic agent as Espressif's port builds it: one block at a time, and no room for a message that is larger than a 4 KiB block with its head.</summary>
    Esp,

    /// <summary>The classic agent of the STM32U5 integration: it subscribes with a <c>+</c> in place of its own name, and gives updates up where that is refused.</summary>
    Stm32U5,

    /// <summary>An application around Espressif's <c>esp_https_ota</c>: the whole image by one plain GET, its own version check, SUCCEEDED after the restart.</summary>
    EspHttpsOta,

    /// <summary>Nordic's aws_fota: a document of its own, small ranges over HTTP, SUCCEEDED before the restart.</summary>
    Nordic,
}

/// <summary>What is compiled into a device.</summary>
/// <param name="Primary">The data protocol taken where a job offers both: <c>MQTT</c> or <c>HTTP</c>.</param>
/// <param name="Signer">The public key that images must be signed with.</param>
public sealed record AgentProfile(string Thing, Personality Personality, string Primary, AsymmetricAlgorithm Signer)
{
    public int BlockBytes { get; init; } = 4096;

    /// <summary>How many blocks the classic agent asks for at a time.</summary>
    public int BlocksPerRequest { get; init; } = 8;

    /// <summary>The largest PUBLISH that fits into the agent's buffer; a larger one is read and thrown away. 0 for no bound.</summary>
    public int ReceiveBytesMax { get; init; }

    /// <summary>How long a request may go unanswered before it is made again.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public DeviceFaults Faults { get; init; } = DeviceFaults.None;

    /// <summary>With what a personality's builds have compiled in.</summary>
    public static AgentProfile Of(string thing, Personality personality, string primary, AsymmetricAlgorithm signer) => new(thing, personality, primary, signer)
    {
        BlocksPerRequest = personality == Personality.Esp ? 1 : 8,
        ReceiveBytesMax = personality == Personality.Esp ? 4096 + 128 : 0,
    };
}
