using System.Text;

namespace Godwit.Core.Access;

/// <summary>
/// A text of a policy with variables <c>${…}</c>, and with <c>${*}</c>, <c>${?}</c>, <c>${$}</c> for these characters themselves.
/// AWS: IoT policies > Policy variables.
/// </summary>
/// <param name="HasVariables">False for documents of the first language version, which know none: there everything is literal.</param>
public readonly record struct PolicyTemplate(string Text, bool HasVariables)
{
    /// <summary>The pattern with every variable's value as literal text; null if one of them has no value.</summary>
    public PolicyGlob? Resolve(PolicyContext context) => Expand(context, PolicyGlob.Any, PolicyGlob.One) is { } text ? new PolicyGlob(text) : null;

    /// <summary>As a plain text, in which <c>*</c> and <c>?</c> mean themselves; null if a variable has no value.</summary>
    public string? ResolveLiteral(PolicyContext context) => Expand(context, '*', '?');

    private string? Expand(PolicyContext context, char any, char one)
    {
        var text = new StringBuilder(Text.Length + 32);
        for (var i = 0; i < Text.Length; i++)
        {
            var end = HasVariables && Text[i] == '$' && i + 1 < Text.Length && Text[i + 1] == '{' ? Text.IndexOf('}', i) : -1;
            if (end < 0)
            {
                text.Append(Text[i] == '*' ? any : Text[i] == '?' ? one : Text[i]);
                continue;
            }

            var name = Text[(i + 2)..end];
            if (name is "*" or "?" or "$")
                text.Append(name);
            else if (context.Substitute(name) is { } value)
                text.Append(value);
            else
                return null;
            i = end;
        }

        return text.ToString();
    }
}
