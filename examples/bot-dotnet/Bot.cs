using Azure.Messaging.ServiceBus;

namespace Breakwater.ExampleBot;

/// <summary>What the bot is told of one event.</summary>
public sealed record ReceivedEvent(EventEnvelope Envelope, ReadOnlyMemory<byte> Payload, ServiceBusReceivedMessage Message);

/// <summary>
/// Receives the events of one queue. The queue of an ordered bot has sessions, one for each conversation: within one, events come one
/// after the other. What <c>handle</c> throws brings the event back, up to ten times, then it is dead-lettered.
/// </summary>
public sealed class Bot(Payloads payloads, Func<ReceivedEvent, CancellationToken, Task> handle)
{
    public async Task RunAsync(ServiceBusClient client, string queue, bool ordered, CancellationToken stopping)
    {
        if (ordered) await RunOrderedAsync(client, queue, stopping);
        else await RunUnorderedAsync(client, queue, stopping);
    }

    private async Task RunUnorderedAsync(ServiceBusClient client, string queue, CancellationToken stopping)
    {
        var options = new ServiceBusProcessorOptions { MaxConcurrentCalls = 8, PrefetchCount = 16 };
        await using var processor = client.CreateProcessor(queue, options);
        processor.ProcessMessageAsync += args => ProcessAsync(
            args.Message,
            fault => args.DeadLetterMessageAsync(args.Message, fault.Code, fault.Message),
            args.CancellationToken);
        processor.ProcessErrorAsync += Report;
        await processor.StartProcessingAsync(CancellationToken.None);
        await UntilAsync(stopping);
        await processor.StopProcessingAsync(CancellationToken.None);
    }

    private async Task RunOrderedAsync(ServiceBusClient client, string queue, CancellationToken stopping)
    {
        var options = new ServiceBusSessionProcessorOptions
        {
            MaxConcurrentSessions = 8,
            // More than one would break the order within a session.
            MaxConcurrentCallsPerSession = 1,
            // A session that has nothing for so long makes room for the next.
            SessionIdleTimeout = TimeSpan.FromSeconds(2),
        };
        await using var processor = client.CreateSessionProcessor(queue, options);
        processor.ProcessMessageAsync += args => ProcessAsync(
            args.Message,
            fault => args.DeadLetterMessageAsync(args.Message, fault.Code, fault.Message),
            args.CancellationToken);
        processor.ProcessErrorAsync += Report;
        await processor.StartProcessingAsync(CancellationToken.None);
        await UntilAsync(stopping);
        await processor.StopProcessingAsync(CancellationToken.None);
    }

    /// <summary>The processor completes what returns and abandons what throws; what is no event would only come back.</summary>
    private async Task ProcessAsync(
        ServiceBusReceivedMessage message,
        Func<EnvelopeException, Task> deadLetter,
        CancellationToken stopping)
    {
        try
        {
            var envelope = EventEnvelope.Parse(message.Body.ToMemory());
            var payload = await payloads.FetchAsync(envelope, stopping);
            await handle(new ReceivedEvent(envelope, payload, message), stopping);
        }
        catch (EnvelopeException fault)
        {
            await deadLetter(fault);
        }
    }

    private static Task Report(ProcessErrorEventArgs args)
    {
        Console.Error.WriteLine($"{args.ErrorSource} of {args.EntityPath}: {args.Exception.Message}");
        return Task.CompletedTask;
    }

    private static async Task UntilAsync(CancellationToken stopping)
    {
        var stopped = new TaskCompletionSource();
        await using var registration = stopping.Register(stopped.SetResult);
        await stopped.Task;
    }
}
