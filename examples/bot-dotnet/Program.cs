using System.Runtime.InteropServices;
using System.Text.Json;
using Azure.Identity;
using Azure.Messaging.ServiceBus;
using Breakwater.ExampleBot;

static string? Setting(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

var queue = Setting("QUEUE") ?? "bot-merge-warden";
var ordered = Setting("ORDERED") != "false";
await using var client = Setting("ServiceBus") is { } connectionString
    ? new ServiceBusClient(connectionString)
    : new ServiceBusClient(
        Setting("ServiceBus__fullyQualifiedNamespace") ?? throw new InvalidOperationException(
            "Set ServiceBus to the connection string that `npm start` prints, or ServiceBus__fullyQualifiedNamespace"),
        new DefaultAzureCredential());

using var stopping = new CancellationTokenSource();
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stopping.Cancel();
}
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

var bot = new Bot(new Payloads(Setting("PayloadStorage")), (received, _) =>
{
    var (envelope, payload, message) = received;
    var sha256 = Payloads.Sha256(payload.Span);
    Console.WriteLine(JsonSerializer.Serialize(new
    {
        id = envelope.Id,
        type = envelope.Type,
        subject = envelope.Subject,
        session = message.SessionId,
        bytes = payload.Length,
        sha256,
        // What to remember, so that an event that comes twice is worked on once.
        key = envelope.IdempotencyKey(sha256),
        traceparent = envelope.Attributes["traceparent"],
    }));
    return Task.CompletedTask;
});
Console.Error.WriteLine($"Receiving from {queue}. Ctrl-C ends it.");
await bot.RunAsync(client, queue, ordered, stopping.Token);
