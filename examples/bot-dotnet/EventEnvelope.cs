using System.Text;
using System.Text.Json;

namespace Breakwater.ExampleBot;

/// <summary>A message that is no event, or whose payload is not what was received: trying again does not help.</summary>
public sealed class EnvelopeException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>One word for the dead-letter reason.</summary>
    public string Code { get; } = code;
}

/// <summary>Where a payload lies that was too large for a message, and what it must be.</summary>
public sealed record ClaimCheck(Uri Url, string Sha256, long Size);

/// <summary>
/// One event: CloudEvents attributes, and the payload's bytes as the sender sent them, or a claim check in their place.
/// </summary>
public sealed record EventEnvelope(
    IReadOnlyDictionary<string, string> Attributes,
    ReadOnlyMemory<byte>? Payload,
    ClaimCheck? ClaimCheck)
{
    // System.Text.Json stops at 64 levels unless told otherwise. Breakwater takes payloads of 128, and the envelope is one more.
    private const int MaxDepth = 256;

    private static readonly string[] Required =
    [
        "specversion", "id", "source", "type", "time", "datacontenttype", "partitionkey", "traceparent", "provider", "event",
        "correlationid",
    ];

    public string Id => Attributes["id"];
    public string Type => Attributes["type"];
    public string Provider => Attributes["provider"];
    public string? Subject => Attributes.GetValueOrDefault("subject");

    /// <summary>Reads a message's body. Throws <see cref="EnvelopeException"/>.</summary>
    public static EventEnvelope Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return Read(body);
        }
        catch (Exception fault) when (fault is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw new EnvelopeException("malformed", "The body is no event envelope", fault);
        }
    }

    private static EventEnvelope Read(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MaxDepth });
        var root = document.RootElement;
        // Every attribute and extension is a text; datasize is the one number.
        var attributes = new Dictionary<string, string>();
        foreach (var member in root.EnumerateObject())
            if (member.Name != "data" && member.Value.ValueKind == JsonValueKind.String)
                attributes[member.Name] = member.Value.GetString()!;
        foreach (var name in Required)
            if (!attributes.TryGetValue(name, out var value) || value == "")
                throw new EnvelopeException("malformed", $"The envelope has no '{name}'");
        if (attributes["specversion"] != "1.0")
            throw new EnvelopeException("malformed", "The envelope is not CloudEvents 1.0");

        if (root.TryGetProperty("data", out _)) return new(attributes, VerbatimData(body), null);
        if (attributes.Remove("data_base64", out var base64)) return new(attributes, Convert.FromBase64String(base64), null);
        return new(
            attributes,
            null,
            new(new Uri(attributes["dataref"]), attributes["datasha256"], root.GetProperty("datasize").GetInt64()));
    }

    /// <summary>
    /// The bytes of `data`, white space around them included: no number, key order or escape changes, and their hash is the one in the
    /// message id. `JsonElement.GetRawText()` gives the same without that white space; anything that parses and writes again
    /// (Newtonsoft.Json above all: it turns dates and large numbers into others) does not.
    /// </summary>
    private static ReadOnlyMemory<byte> VerbatimData(ReadOnlyMemory<byte> body)
    {
        var reader = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
        ReadOnlyMemory<byte> data = default;
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1) continue;
            var isData = reader.ValueTextEquals("data"u8);
            var start = (int)reader.BytesConsumed;
            reader.Read();
            reader.Skip();
            var end = (int)reader.BytesConsumed;
            while (body.Span[end] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') end++;
            if (isData) data = body[start..end];
        }
        return data;
    }

    /// <summary>
    /// The same text for every copy of one event: what a bot remembers, so that an event that comes twice is worked on once.
    /// </summary>
    public string IdempotencyKey(string payloadSha256)
    {
        var key = $"{Provider}:{Id}:{payloadSha256}";
        return key.Length <= 128 ? key : Payloads.Sha256(Encoding.UTF8.GetBytes(key));
    }
}
