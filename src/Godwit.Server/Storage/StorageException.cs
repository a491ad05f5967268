namespace Godwit.Server.Storage;

/// <summary>The database cannot be used or a change could not be made durable; the door answers <c>ServiceUnavailableException</c>.</summary>
public sealed class StorageException(string message, Exception? cause = null) : Exception(message, cause);
