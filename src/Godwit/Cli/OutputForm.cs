namespace Godwit.Cli;

/// <summary>How a verb shows what it has found.</summary>
public enum OutputForm
{
    Table,
    Json,
    Yaml,
}
