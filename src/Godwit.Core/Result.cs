using System.Diagnostics.CodeAnalysis;

namespace Godwit.Core;

/// <summary>Either a value or the <see cref="ServiceError"/> that says why there is none. Refusals are values; only bugs are thrown.</summary>
public readonly struct Result<T>
{
    private readonly T? _value;

    private Result(T? value, ServiceError? error) => (_value, Error) = (value, error);

    public ServiceError? Error { get; }

    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsOk => Error is null;

    public T Value => IsOk ? _value! : throw new InvalidOperationException($"No value: {Error.Code}: {Error.Message}");

    public static implicit operator Result<T>(T value) => new(value, null);

    public static implicit operator Result<T>(ServiceError error) => new(default, error);

    public Result<TNext> Map<TNext>(Func<T, TNext> next) => IsOk ? next(_value!) : Error;

    public Result<TNext> Then<TNext>(Func<T, Result<TNext>> next) => IsOk ? next(_value!) : Error;
}

/// <summary>The answer of an operation that has nothing to say.</summary>
public readonly record struct Nothing;
