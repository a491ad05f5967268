namespace Godwit.Core;

/// <summary>
/// A refusal as a value: AWS's exception name, its HTTP status and the text a caller reads.
/// The text names the field, the cause and the remedy unless AWS's own wording is fixed.
/// </summary>
/// <param name="Code">The modelled exception, for example <c>ResourceNotFoundException</c>.</param>
/// <param name="Status">The HTTP status that AWS gives this exception.</param>
/// <param name="Members">Further members of the exception's shape, for example <c>resourceId</c> and <c>resourceArn</c>.</param>
public sealed record ServiceError(string Code, int Status, string Message, IReadOnlyDictionary<string, string>? Members = null);
