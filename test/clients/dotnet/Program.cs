// What Microsoft's .NET client does with the stand-in for Service Bus: each scenario has queues of its own, `<name>` and
// `<name>-ordered`, and what it saw is printed as one JSON object by scenario. The test says what it should have seen.
using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Transactions;
using Azure.Messaging.ServiceBus;
using NJsonSchema;
using NJsonSchema.CodeGeneration.CSharp;

var scenarios = new Dictionary<string, Func<Scenario, Task<object>>>
{
    ["prefetch"] = Scenarios.Prefetch,
    ["processor"] = Scenarios.Processor,
    ["session-processor"] = Scenarios.SessionProcessor,
    ["session-state"] = Scenarios.SessionState,
    ["property-types"] = Scenarios.PropertyTypes,
    ["settlement"] = Scenarios.Settlement,
    ["schedule"] = Scenarios.Schedule,
    ["refusals"] = Scenarios.Refusals,
    ["transaction"] = Scenarios.Transaction,
};

if (args is ["classes", .. var schemas])
{
    foreach (var path in schemas) Console.WriteLine(await Schemas.ClassesOf(path));
    return;
}

var options = new ServiceBusClientOptions
{
    RetryOptions = new ServiceBusRetryOptions { MaxRetries = 0, TryTimeout = TimeSpan.FromSeconds(5) },
};
await using var client = new ServiceBusClient(args[0], options);
var results = new ConcurrentDictionary<string, object>();
await Task.WhenAll(scenarios.Select(async scenario =>
{
    try
    {
        results[scenario.Key] = await scenario.Value(new Scenario(client, scenario.Key));
    }
    catch (Exception fault)
    {
        results[scenario.Key] = new { failed = fault.ToString() };
    }
}));
Console.WriteLine(JsonSerializer.Serialize(results));

internal static class Schemas
{
    /// <summary>The C# classes that NJsonSchema makes of a schema, with its usual settings.</summary>
    public static async Task<string> ClassesOf(string path)
    {
        var settings = new CSharpGeneratorSettings { Namespace = "Generated", JsonLibrary = CSharpJsonLibrary.SystemTextJson };
        return new CSharpGenerator(await JsonSchema.FromFileAsync(path), settings).GenerateFile();
    }
}

internal sealed record Scenario(ServiceBusClient Client, string Queue)
{
    public string Ordered => $"{Queue}-ordered";

    public Task SendAsync(params object[] bodies) =>
        Client.CreateSender(Queue).SendMessagesAsync(bodies.Select(body => new ServiceBusMessage($"{body}")));
}

internal static class Scenarios
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(5);

    /// <summary>Credit is on its way before the link is answered: ten links, and every message comes.</summary>
    public static async Task<object> Prefetch(Scenario scenario)
    {
        await scenario.SendAsync(Enumerable.Range(0, 20).Cast<object>().ToArray());
        var bodies = new List<string>();
        for (var round = 0; round < 10; round++)
        {
            var options = new ServiceBusReceiverOptions { PrefetchCount = 2 };
            await using var receiver = scenario.Client.CreateReceiver(scenario.Queue, options);
            for (var count = 0; count < 2; count++)
            {
                var message = await receiver.ReceiveMessageAsync(Wait);
                bodies.Add(message?.Body.ToString() ?? "none");
                if (message is not null) await receiver.CompleteMessageAsync(message);
            }
        }
        return bodies;
    }

    public static async Task<object> Processor(Scenario scenario)
    {
        const int total = 200;
        var bodies = new ConcurrentDictionary<string, int>();
        var all = new TaskCompletionSource();
        await scenario.SendAsync(Enumerable.Range(0, total).Cast<object>().ToArray());
        var options = new ServiceBusProcessorOptions { MaxConcurrentCalls = 8, PrefetchCount = 20 };
        await using var processor = scenario.Client.CreateProcessor(scenario.Queue, options);
        processor.ProcessMessageAsync += args =>
        {
            bodies.AddOrUpdate(args.Message.Body.ToString(), 1, (_, times) => times + 1);
            if (bodies.Count == total) all.TrySetResult();
            return Task.CompletedTask;
        };
        processor.ProcessErrorAsync += args =>
        {
            all.TrySetException(args.Exception);
            return Task.CompletedTask;
        };
        await processor.StartProcessingAsync();
        await all.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await processor.StopProcessingAsync();
        return new { different = bodies.Count, twice = bodies.Values.Count(times => times > 1) };
    }

    public static async Task<object> SessionProcessor(Scenario scenario)
    {
        var sessions = new[] { "a", "b", "c", "d" };
        var sender = scenario.Client.CreateSender(scenario.Ordered);
        var received = new ConcurrentDictionary<string, ConcurrentQueue<string>>();
        var all = new TaskCompletionSource();
        var count = 0;
        var options = new ServiceBusSessionProcessorOptions
        {
            MaxConcurrentSessions = 3,
            MaxConcurrentCallsPerSession = 1,
            PrefetchCount = 5,
            SessionIdleTimeout = TimeSpan.FromMilliseconds(300),
        };
        await using var processor = scenario.Client.CreateSessionProcessor(scenario.Ordered, options);
        processor.ProcessMessageAsync += args =>
        {
            received.GetOrAdd(args.SessionId, _ => new()).Enqueue(args.Message.Body.ToString());
            if (Interlocked.Increment(ref count) == sessions.Length * 10) all.TrySetResult();
            return Task.CompletedTask;
        };
        processor.ProcessErrorAsync += args =>
        {
            all.TrySetException(args.Exception);
            return Task.CompletedTask;
        };
        // Half of it waits, half of it comes while receivers wait for a session.
        await processor.StartProcessingAsync();
        for (var number = 0; number < 10; number++)
            await sender.SendMessagesAsync(
                sessions.Select(session => new ServiceBusMessage($"{number}") { SessionId = session }));
        await all.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await processor.StopProcessingAsync();
        return received.OrderBy(pair => pair.Key).ToDictionary(pair => pair.Key, pair => string.Join(' ', pair.Value));
    }

    public static async Task<object> SessionState(Scenario scenario)
    {
        var message = new ServiceBusMessage("1") { SessionId = "a" };
        await scenario.Client.CreateSender(scenario.Ordered).SendMessageAsync(message);
        await using var session = await scenario.Client.AcceptNextSessionAsync(scenario.Ordered);
        await session.SetSessionStateAsync(new BinaryData("kept"));
        await session.RenewSessionLockAsync();
        var held = session.SessionLockedUntil - DateTimeOffset.UtcNow;
        string tooLarge;
        try
        {
            await session.SetSessionStateAsync(new BinaryData(new byte[257 * 1024]));
            tooLarge = "taken";
        }
        catch (ServiceBusException fault)
        {
            tooLarge = fault.Reason.ToString();
        }
        return new
        {
            session.SessionId,
            state = (await session.GetSessionStateAsync()).ToString(),
            heldForAMinute = held > TimeSpan.FromSeconds(50) && held < TimeSpan.FromSeconds(61),
            tooLarge,
        };
    }

    /// <summary>Set when a message is given back, set aside or dead-lettered, and read again: value and type.</summary>
    public static async Task<object> PropertyTypes(Scenario scenario)
    {
        var properties = new Dictionary<string, object>
        {
            ["int"] = 5,
            ["negative"] = -70_000,
            ["long"] = 1L << 52,
            ["uint"] = 5u,
            ["ulong"] = ulong.MaxValue,
            ["short"] = (short)-3,
            ["byte"] = (byte)7,
            ["double"] = 3.0,
            ["float"] = 1.5f,
            ["decimal"] = 12.50m,
            ["bool"] = true,
            ["char"] = 'x',
            ["guid"] = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"),
            ["date"] = DateTime.UnixEpoch.AddMilliseconds(1),
            ["offset"] = DateTimeOffset.UnixEpoch.AddHours(1),
            ["span"] = TimeSpan.FromMilliseconds(1500),
            ["uri"] = new Uri("https://example.com/a?b"),
            ["text"] = "Zoë",
        };
        static SortedDictionary<string, string> Read(ServiceBusReceivedMessage message) => new(
            message.ApplicationProperties.ToDictionary(
                pair => pair.Key,
                pair => $"{pair.Value.GetType().Name} {Text(pair.Value)}"));
        static string? Text(object value) => value switch
        {
            DateTime or DateTimeOffset => FormattableString.Invariant($"{value:O}"),
            IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString(),
        };

        var sent = new ServiceBusMessage("1");
        foreach (var (name, value) in properties) sent.ApplicationProperties[name] = value;
        await scenario.Client.CreateSender(scenario.Queue).SendMessageAsync(sent);
        await using var receiver = scenario.Client.CreateReceiver(scenario.Queue);
        var asSent = await receiver.ReceiveMessageAsync(Wait);
        await receiver.CompleteMessageAsync(asSent);

        await scenario.SendAsync(2);
        await receiver.AbandonMessageAsync(await receiver.ReceiveMessageAsync(Wait), properties);
        var abandoned = await receiver.ReceiveMessageAsync(Wait);
        await receiver.CompleteMessageAsync(abandoned);

        await scenario.SendAsync(3);
        var toDefer = await receiver.ReceiveMessageAsync(Wait);
        await receiver.DeferMessageAsync(toDefer, properties);
        var deferred = await receiver.ReceiveDeferredMessageAsync(toDefer.SequenceNumber);
        // Settled by a request: a deferred message came on no link.
        await receiver.AbandonMessageAsync(deferred, properties);
        var again = await receiver.ReceiveDeferredMessageAsync(toDefer.SequenceNumber);
        await receiver.DeadLetterMessageAsync(again, properties, "reason", "description");
        var options = new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter };
        await using var deadLetters = scenario.Client.CreateReceiver(scenario.Queue, options);
        var dead = await deadLetters.ReceiveMessageAsync(Wait);

        var expected = Read(asSent);
        bool IsSame(ServiceBusReceivedMessage message) =>
            expected.All(pair => Read(message).GetValueOrDefault(pair.Key) == pair.Value);
        return new
        {
            asSent = expected,
            abandoned = IsSame(abandoned),
            deferred = IsSame(deferred),
            settledByRequest = IsSame(again),
            deadLettered = IsSame(dead),
            dead.DeadLetterReason,
            dead.DeadLetterErrorDescription,
        };
    }

    public static async Task<object> Settlement(Scenario scenario)
    {
        await scenario.SendAsync(1, 2, 3);
        await using var receiver = scenario.Client.CreateReceiver(scenario.Queue);
        var seen = new List<string>();
        var messages = new List<ServiceBusReceivedMessage>();
        while (messages.Count < 3) messages.AddRange(await receiver.ReceiveMessagesAsync(3, Wait));
        await receiver.RenewMessageLockAsync(messages[0]);
        // Neighbours, settled in one moment and each in its own way.
        await Task.WhenAll(
            receiver.CompleteMessageAsync(messages[0]),
            receiver.AbandonMessageAsync(messages[1]),
            receiver.DeadLetterMessageAsync(messages[2]));
        var back = await receiver.ReceiveMessageAsync(Wait);
        await receiver.CompleteMessageAsync(back);
        string twice;
        try
        {
            await receiver.CompleteMessageAsync(back);
            twice = "taken";
        }
        catch (ServiceBusException fault)
        {
            twice = fault.Reason.ToString();
        }
        var nothing = await receiver.ReceiveMessageAsync(TimeSpan.FromMilliseconds(300));
        await scenario.SendAsync(4);
        var options = new ServiceBusReceiverOptions { ReceiveMode = ServiceBusReceiveMode.ReceiveAndDelete, PrefetchCount = 5 };
        await using var deleting = scenario.Client.CreateReceiver(scenario.Queue, options);
        var deleted = await deleting.ReceiveMessageAsync(Wait);
        var peeked = await receiver.PeekMessageAsync();
        return new
        {
            came = messages.Select(message => message.Body.ToString()),
            back = $"{back.Body} {back.DeliveryCount}",
            twice,
            nothing = nothing is null,
            deleted = deleted.Body.ToString(),
            left = peeked?.Body.ToString(),
        };
    }

    public static async Task<object> Schedule(Scenario scenario)
    {
        var sender = scenario.Client.CreateSender(scenario.Queue);
        var later = DateTimeOffset.UtcNow.AddHours(1);
        var number = await sender.ScheduleMessageAsync(new ServiceBusMessage("never"), later);
        await using var receiver = scenario.Client.CreateReceiver(scenario.Queue);
        var waiting = await receiver.PeekMessageAsync();
        await sender.CancelScheduledMessageAsync(number);
        await sender.ScheduleMessageAsync(new ServiceBusMessage("soon"), DateTimeOffset.UtcNow.AddMilliseconds(200));
        var message = await receiver.ReceiveMessageAsync(Wait);
        await receiver.CompleteMessageAsync(message);
        using var batch = await sender.CreateMessageBatchAsync();
        var added = Enumerable.Range(0, 3).All(n => batch.TryAddMessage(new ServiceBusMessage($"{n}") { MessageId = $"{n}" }));
        await sender.SendMessagesAsync(batch);
        await sender.SendMessageAsync(new ServiceBusMessage("0") { MessageId = "0" });
        var left = await receiver.PeekMessagesAsync(10);
        return new { waiting = waiting.State.ToString(), came = message.Body.ToString(), added, left = left.Count };
    }

    public static async Task<object> Refusals(Scenario scenario)
    {
        async Task<string> Refused(Func<Task> attempt)
        {
            try
            {
                await attempt();
                return "taken";
            }
            catch (ServiceBusException fault)
            {
                return fault.Reason.ToString();
            }
            catch (Exception fault)
            {
                return fault.GetType().Name;
            }
        }
        var sender = scenario.Client.CreateSender(scenario.Queue);
        var many = new ServiceBusMessage("1");
        foreach (var name in new[] { "a", "b", "c" }) many.ApplicationProperties[name] = new string('x', 25_000);
        return new
        {
            noQueue = await Refused(() => scenario.Client.CreateSender("nowhere").SendMessageAsync(new("1"))),
            noQueueToReceive = await Refused(() => scenario.Client.CreateReceiver("nowhere").ReceiveMessageAsync(Wait)),
            tooLarge = await Refused(() => sender.SendMessageAsync(new(new byte[300_000]))),
            tooManyProperties = await Refused(() => sender.SendMessageAsync(many)),
            noSession = await Refused(() => scenario.Client.CreateSender(scenario.Ordered).SendMessageAsync(new("1"))),
            noSessionsHere = await Refused(() => scenario.Client.AcceptSessionAsync(scenario.Queue, "a")),
            sessionHeld = await Refused(async () =>
            {
                await using var held = await scenario.Client.AcceptSessionAsync(scenario.Ordered, "a");
                await scenario.Client.AcceptSessionAsync(scenario.Ordered, "a");
            }),
        };
    }

    public static async Task<object> Transaction(Scenario scenario)
    {
        var sender = scenario.Client.CreateSender(scenario.Queue);
        string answer;
        try
        {
            using var transaction = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled);
            await sender.SendMessageAsync(new ServiceBusMessage("1"));
            transaction.Complete();
            answer = "taken";
        }
        catch (Exception fault)
        {
            answer = $"{fault.GetType().Name}: {fault.Message.Split(':')[0]}";
        }
        await sender.SendMessageAsync(new ServiceBusMessage("after"));
        var message = await scenario.Client.CreateReceiver(scenario.Queue).ReceiveMessageAsync(Wait);
        return new { answer, after = message.Body.ToString() };
    }
}
