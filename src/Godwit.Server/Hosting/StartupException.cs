namespace Godwit.Server.Hosting;

/// <summary>The service cannot start as it was told; each mistake names its setting, the cause and the remedy.</summary>
public sealed class StartupException(IReadOnlyList<string> mistakes) : Exception(string.Join(Environment.NewLine, mistakes))
{
    public IReadOnlyList<string> Mistakes { get; } = mistakes;
}
