namespace Godwit.Cli;

/// <summary>What a verb's exit code means; the numbers are those of sysexits(3), and docs/cli.md lists them.</summary>
public static class ExitCode
{
    public const int Ok = 0;

    /// <summary>It was done, and the answer is bad news: a fault was found, an update failed, a check did not hold.</summary>
    public const int BadNews = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 64;

    /// <summary>Input is not what it should be, or the service refused the request.</summary>
    public const int Data = 65;

    /// <summary>A file or folder is not there.</summary>
    public const int NoInput = 66;

    /// <summary>The service, or a program that is needed, cannot be reached.</summary>
    public const int Unavailable = 69;

    /// <summary>A file or folder that is to be made is there, or cannot be written.</summary>
    public const int CannotCreate = 73;

    /// <summary>The key may not do it, or is not known.</summary>
    public const int NoPermission = 77;

    /// <summary>A setting is wrong.</summary>
    public const int Config = 78;
}
