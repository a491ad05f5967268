namespace Godwit.Fleet.Images;

/// <summary>Major, minor and build, as FreeRTOS's <c>AppVersion32_t</c> packs them: 8, 8 and 16 bits.</summary>
public readonly record struct FirmwareVersion(byte Major, byte Minor, ushort Build) : IComparable<FirmwareVersion>
{
    public uint Packed => ((uint)Major << 24) | ((uint)Minor << 16) | Build;

    /// <summary>The form of <c>updatedBy</c> in a job's statusDetails, for example <c>0x00090002</c>.</summary>
    public string Hex => $"0x{Packed:x8}";

    public static FirmwareVersion Unpack(uint packed) => new((byte)(packed >> 24), (byte)(packed >> 16), (ushort)packed);

    public int CompareTo(FirmwareVersion other) => Packed.CompareTo(other.Packed);

    public override string ToString() => $"{Major}.{Minor}.{Build}";
}
