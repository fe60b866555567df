using System.Security.Cryptography;
using Azure.Identity;
using Azure.Storage.Blobs;

namespace Breakwater.ExampleBot;

/// <summary>Gets payloads: from the envelope, or from the archive, where hash and size are checked.</summary>
public sealed class Payloads(string? connectionString)
{
    /// <summary>The payload's bytes. Throws <see cref="EnvelopeException"/>, and what the archive throws.</summary>
    public async Task<ReadOnlyMemory<byte>> FetchAsync(EventEnvelope envelope, CancellationToken stopping)
    {
        if (envelope is { Payload: { } inline }) return inline;
        if (envelope.ClaimCheck is not { } claim) throw new EnvelopeException("malformed", "The envelope has no payload");
        var answer = await BlobAt(claim.Url).DownloadContentAsync(stopping);
        var bytes = answer.Value.Content.ToMemory();
        if (bytes.Length != claim.Size || Sha256(bytes.Span) != claim.Sha256)
            throw new EnvelopeException("payload-mismatch", "The payload is not what was received: its size or hash differs");
        return bytes;
    }

    /// <summary>Lower-case hex, as Breakwater writes it.</summary>
    public static string Sha256(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    // On one's own machine the account's key, in Azure the bot's identity.
    private BlobClient BlobAt(Uri url)
    {
        if (connectionString is null) return new BlobClient(url, new DefaultAzureCredential());
        var name = new BlobUriBuilder(url);
        return new BlobClient(connectionString, name.BlobContainerName, name.BlobName);
    }
}
