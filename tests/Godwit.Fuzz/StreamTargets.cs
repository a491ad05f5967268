using System.Formats.Cbor;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Godwit.Core.Streams;
using Godwit.Server.Streams.Device;

namespace Godwit.Fuzz;

/// <summary>What the grammar of a GetStream request put in; the last of a name counts, and null is as good as none.</summary>
internal sealed class ExpectedRequest
{
    public static readonly (string Short, string Long)[] Numbers = [("s", "streamVersion"), ("f", "fileId"), ("l", "blockSize"), ("o", "blockOffset"), ("n", "numberOfBlocks")];

    public string? Token { get; set; }

    public long?[] Values { get; } = new long?[5];

    public byte[]? Bitmap { get; set; }

    public string? Differs(in BlockRequest read)
    {
        long?[] values = [read.StreamVersion, read.FileId, read.BlockSize, read.Offset, read.Count];
        for (var i = 0; i < values.Length; i++)
            if (values[i] != Values[i])
                return $"{Numbers[i].Long} is {values[i]?.ToString(CultureInfo.InvariantCulture) ?? "none"}, and should be {Values[i]?.ToString(CultureInfo.InvariantCulture) ?? "none"}";
        if (read.ClientToken != Token)
            return $"clientToken is '{read.ClientToken}', and should be '{Token}'";
        return read.HasBitmap != (Bitmap is not null) || (Bitmap is not null && !read.Bitmap.Span.SequenceEqual(Bitmap)) ? "the bitmap is another" : null;
    }
}

/// <summary>GetStream in CBOR: what the grammar made is read as it was meant, and what was changed is read or refused, never thrown at; an own library agrees on what is well-formed.</summary>
internal sealed class CborTarget : FuzzTarget
{
    private readonly CborWriter _writer = new(CborConformanceMode.Lax, allowMultipleRootLevelValues: true);
    private ExpectedRequest? _expected;
    private byte[] _bytes = [];
    private StreamRejection? _rejection;
    private BlockRequest _request;

    public override string Name => "cbor";

    public override int Share => 150;

    public override int Make(FuzzRandom random)
    {
        _expected = new ExpectedRequest();
        _writer.Reset();
        var members = random.Below(8);
        _writer.WriteStartMap(random.Chance(30) ? null : members);
        for (var i = 0; i < members; i++)
            Member(random);
        _writer.WriteEndMap();
        _bytes = _writer.Encode();
        if (random.Chance(60))
        {
            var changed = random.Mutate(_bytes);
            if (!changed.AsSpan().SequenceEqual(_bytes))
                _expected = null;
            _bytes = changed;
        }
        return _bytes.Length;
    }

    public override string? Run()
    {
        _rejection = CborRequest.Read(_bytes, out _request);
        return null;
    }

    public override string? Compare()
    {
        if (_expected is null)
            // Nothing at all asks for nothing special; anything else that is taken must begin with a map that a library can read.
            return _rejection is null && _bytes.Length > 0 && !BeginsWithMap() ? "it is taken, and a library cannot read it" : null;
        return _rejection is not null ? $"it is refused: {_rejection}" : _expected.Differs(_request);
    }

    public override string Show() => Convert.ToHexString(_bytes);

    private bool BeginsWithMap()
    {
        try
        {
            var reader = new CborReader(_bytes, CborConformanceMode.Lax, allowMultipleRootLevelValues: true);
            if (reader.PeekState() != CborReaderState.StartMap)
                return false;
            reader.SkipValue(disableConformanceModeChecks: true);
            return true;
        }
        catch (CborContentException)
        {
            // The library knows simple values and nesting that ours steps over: asked for the map's own shape only.
            return (_bytes[0] & 0xE0) == 0xA0;
        }
    }

    private void Member(FuzzRandom random)
    {
        var which = random.Below(9);
        if (which < 5)
        {
            var names = ExpectedRequest.Numbers[which];
            Name_(random, names.Short, names.Long);
            _expected!.Values[which] = Number(random);
        }
        else if (which == 5)
        {
            Name_(random, "c", "clientToken");
            var token = random.Chance(20) ? "rdy" : random.Text(12);
            if (Encoding.UTF8.GetByteCount(token) > 64)
                token = "t";
            Write(random, token);
            _expected!.Token = token;
        }
        else if (which == 6)
        {
            Name_(random, "b", "blockBitmap");
            var bitmap = new byte[random.Below(20)];
            for (var i = 0; i < bitmap.Length; i++)
                bitmap[i] = (byte)random.Next();
            if (random.Chance(20))
            {
                _writer.WriteStartIndefiniteLengthByteString();
                _writer.WriteByteString(bitmap.AsSpan(0, bitmap.Length / 2));
                _writer.WriteByteString(bitmap.AsSpan(bitmap.Length / 2));
                _writer.WriteEndIndefiniteLengthByteString();
            }
            else
                _writer.WriteByteString(bitmap);
            _expected!.Bitmap = bitmap;
        }
        else
        {
            _writer.WriteTextString("x" + random.Text(5));
            Anything(random, 0);
        }
    }

    private void Name_(FuzzRandom random, string @short, string @long) => _writer.WriteTextString(random.Chance(70) ? @short : @long);

    private void Write(FuzzRandom random, string text)
    {
        if (!random.Chance(20))
        {
            _writer.WriteTextString(text);
            return;
        }
        _writer.WriteStartIndefiniteLengthTextString();
        _writer.WriteTextString(text);
        _writer.WriteTextString("");
        _writer.WriteEndIndefiniteLengthTextString();
    }

    private long? Number(FuzzRandom random)
    {
        if (random.Chance(10))
        {
            _writer.WriteNull();
            return null;
        }
        if (random.Chance(10))
            _writer.WriteTag((CborTag)random.Below(1000));
        var number = random.Number();
        if (random.Chance(80))
        {
            _writer.WriteUInt64(number);
            return (long)Math.Min(number, long.MaxValue);
        }
        _writer.WriteCborNegativeIntegerRepresentation(number);
        return -1 - (long)Math.Min(number, long.MaxValue);
    }

    private void Anything(FuzzRandom random, int depth)
    {
        switch (random.Below(depth < 4 ? 8 : 5))
        {
            case 0: _writer.WriteUInt64(random.Number()); break;
            case 1: _writer.WriteTextString(random.Text(6)); break;
            case 2: _writer.WriteBoolean(random.Chance(50)); break;
            case 3: _writer.WriteDouble(random.Below(1000) / 7.0); break;
            case 4: _writer.WriteByteString([1, 2, 3]); break;
            case 5 or 6:
                var items = random.Below(3);
                _writer.WriteStartArray(random.Chance(30) ? null : items);
                for (var i = 0; i < items; i++)
                    Anything(random, depth + 1);
                _writer.WriteEndArray();
                break;
            default:
                _writer.WriteStartMap(1);
                _writer.WriteTextString("k");
                Anything(random, depth + 1);
                _writer.WriteEndMap();
                break;
        }
    }
}

/// <summary>GetStream in JSON, against the same request read by way of a document.</summary>
internal sealed class StreamJsonTarget : FuzzTarget
{
    private ExpectedRequest? _expected;
    private byte[] _bytes = [];
    private StreamRejection? _rejection;
    private BlockRequest _request;

    public override string Name => "json-streams";

    public override int Share => 70;

    public override int Make(FuzzRandom random)
    {
        _expected = new ExpectedRequest();
        var members = new List<string>();
        for (var i = random.Below(8); i > 0; i--)
            members.Add(Member(random));
        _bytes = Encoding.UTF8.GetBytes("{" + string.Join(random.Chance(20) ? " ,\n" : ",", members) + "}");
        if (random.Chance(60))
        {
            var changed = random.Mutate(_bytes);
            if (!changed.AsSpan().SequenceEqual(_bytes))
                _expected = null;
            _bytes = changed;
        }
        return _bytes.Length;
    }

    public override string? Run()
    {
        _rejection = JsonRequest.Read(_bytes, out _request);
        return null;
    }

    public override string? Compare()
    {
        if (_expected is not null)
            return _rejection is not null ? $"it is refused: {_rejection}" : _expected.Differs(_request);
        if (_rejection is not null || _bytes.AsSpan().IndexOfAnyExcept(" \t\r\n"u8) < 0)
            return null;
        try
        {
            using var json = JsonDocument.Parse(_bytes);
            return json.RootElement.ValueKind == JsonValueKind.Object ? null : "it is taken and is no object";
        }
        catch (JsonException broken)
        {
            return "it is taken, and a library says: " + broken.Message;
        }
    }

    public override string Show() => Encoding.UTF8.GetString(_bytes);

    private string Member(FuzzRandom random)
    {
        var which = random.Below(8);
        string Name_(string @short, string @long) => JsonSerializer.Serialize(random.Chance(60) ? @short : @long);
        if (which < 5)
        {
            var (@short, @long) = ExpectedRequest.Numbers[which];
            if (random.Chance(10))
                return Name_(@short, @long) + ":null";
            var number = (long)(random.Number() >> 1) * (random.Chance(10) ? -1 : 1);
            _expected!.Values[which] = number;
            return Name_(@short, @long) + ":" + (random.Chance(20) ? $"\"{number}\"" : number.ToString(CultureInfo.InvariantCulture));
        }
        if (which == 5)
        {
            var token = random.Text(12);
            _expected!.Token = token;
            return Name_("c", "clientToken") + ":" + JsonSerializer.Serialize(token);
        }
        if (which == 6)
        {
            var bitmap = new byte[random.Below(12)];
            for (var i = 0; i < bitmap.Length; i++)
                bitmap[i] = (byte)random.Next();
            _expected!.Bitmap = bitmap;
            return Name_("b", "blockBitmap") + ":" + (random.Chance(50) ? $"\"0x{Convert.ToHexString(bitmap)}\"" : $"[{string.Join(',', bitmap)}]");
        }
        return JsonSerializer.Serialize("x" + random.Text(5)) + ":" + random.Pick("{\"a\":[1,{}]}", "[]", "true", "null", "1.5e3", "\"\\ud83d\\ude00\"");
    }
}
