namespace Godwit.Fuzz;

/// <summary>A decoder with a way to make its input and to know what must come of it.</summary>
internal abstract class FuzzTarget
{
    public abstract string Name { get; }

    /// <summary>Cases of it among a thousand of all.</summary>
    public abstract int Share { get; }

    /// <summary>What one case may allocate beside what its length explains.</summary>
    public virtual int BytesMax => 64 * 1024;

    /// <summary>Makes the case and answers its input's size, and how to show it.</summary>
    public abstract int Make(FuzzRandom random);

    /// <summary>Decodes it and compares. Answers what is wrong, or null. Only what it does with the product counts for time and memory.</summary>
    public abstract string? Run();

    /// <summary>Compares with the slow reference; what the reference costs counts for nothing.</summary>
    public virtual string? Compare() => null;

    public abstract string Show();
}
