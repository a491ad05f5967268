namespace Godwit.Server.Backup;

/// <summary>A backup cannot be made or used; the message says why and what to do.</summary>
public sealed class BackupException(string message) : Exception(message);
