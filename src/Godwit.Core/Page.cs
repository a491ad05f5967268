namespace Godwit.Core;

/// <summary>One page of a list and the opaque token of the next, or null at the end.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextToken);
