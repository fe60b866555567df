"""What Qpid Proton does with the stand-in for Service Bus. Each scenario has a queue of its own, `<name>`, sessions where the name
ends with `ordered`; what it saw is printed as one JSON object by scenario. The test says what it should have seen."""

import json
import sys
import traceback

import proton._reactor
from proton import Message, symbol
from proton.handlers import MessagingHandler
from proton.reactor import AtLeastOnce, Container, Filter, LinkOption
from proton.utils import BlockingConnection, LinkDetached, SendException

# Proton reads every certificate of the machine for each container, which takes a second; nothing here is encrypted.
proton._reactor.SSLConfig = lambda: None

HOST = sys.argv[1]
SECONDS = 10


def connect(**options):
    return BlockingConnection(f"amqp://{options.pop('credentials', '')}{HOST}", timeout=SECONDS, **options)


def send(queue, *messages):
    connection = connect(allowed_mechs="ANONYMOUS")
    sender = connection.create_sender(queue)
    for message in messages:
        sender.send(message)
    connection.close()


def mechanisms():
    """A key as user name and password, and nobody at all."""
    seen = {}
    for name, options in {
        "PLAIN": {"allowed_mechs": "PLAIN", "allow_insecure_mechs": True, "credentials": "RootManageSharedAccessKey:key@"},
        "ANONYMOUS": {"allowed_mechs": "ANONYMOUS"},
        "none": {"sasl_enabled": False},
    }.items():
        connection = connect(**options)
        connection.create_sender("mechanisms").send(Message(body=name))
        connection.close()
        seen[name] = "in"
    return seen


class Prefetching(MessagingHandler):
    """Opens everything in one breath: connection, session, link and credit leave before the first answer."""

    def __init__(self, queue, wanted):
        super().__init__(prefetch=0)
        self.queue, self.wanted, self.bodies = queue, wanted, []

    def on_start(self, event):
        self.connection = event.container.connect(HOST, allowed_mechs="ANONYMOUS", reconnect=False)
        event.container.create_receiver(self.connection, self.queue, options=AtLeastOnce()).flow(self.wanted)
        self.timer = event.container.schedule(SECONDS, self)

    def on_timer_task(self, event):
        self.connection.close()

    def on_message(self, event):
        self.bodies.append(str(event.message.body))
        if len(self.bodies) == self.wanted:
            self.timer.cancel()
            self.connection.close()


def prefetch():
    send("prefetch", *(Message(body=str(number)) for number in range(20)))
    bodies = []
    for _ in range(10):
        handler = Prefetching("prefetch", 2)
        Container(handler).run()
        bodies.extend(handler.bodies)
    return sorted(bodies, key=int)


def large():
    """A body of many frames, there and back on links that Proton gives one name."""
    body = bytes(index % 251 for index in range(200_000))
    connection = connect(allowed_mechs="ANONYMOUS")
    connection.create_sender("large").send(Message(body=body, inferred=True))
    receiver = connection.create_receiver("large", credit=1)
    message = receiver.receive(timeout=SECONDS)
    receiver.accept()
    connection.close()
    return {"same": bytes(message.body) == body}


def settlement():
    send("settlement", *(Message(body=str(number)) for number in range(4)))
    connection = connect(allowed_mechs="ANONYMOUS")
    receiver = connection.create_receiver("settlement", credit=10)
    first = [receiver.receive(timeout=SECONDS) for _ in range(4)]
    receiver.accept()
    receiver.release(delivered=False)
    receiver.release(delivered=True)
    receiver.reject()
    again = []
    for _ in range(2):
        message = receiver.receive(timeout=SECONDS)
        again.append(f"{message.body} {message.delivery_count}")
        receiver.accept()
    dead = connection.create_receiver("settlement/$deadletterqueue", credit=1).receive(timeout=SECONDS)
    connection.close()
    return {"first": [message.body for message in first], "again": sorted(again), "dead": dead.body}


def session_ordered():
    send(
        "session-ordered",
        *(Message(body=f"{session}{number}", group_id=session) for number in range(3) for session in "ab"),
    )
    seen = {}
    for wanted in ("a", "b"):
        name = symbol("com.microsoft:session-filter")
        connection = connect(allowed_mechs="ANONYMOUS")
        receiver = connection.create_receiver("session-ordered", credit=5, options=Filter({name: wanted}))
        bodies = []
        for _ in range(3):
            bodies.append(receiver.receive(timeout=SECONDS).body)
            receiver.accept()
        seen[wanted] = bodies
        connection.close()
    return seen


class ToCoordinator(LinkOption):
    """A link to a transaction's coordinator in place of a queue."""

    def apply(self, link):
        link.target.type = 3


def refusals():
    connection = connect(allowed_mechs="ANONYMOUS")
    sender = connection.create_sender("refusals")

    def refused(attempt):
        try:
            attempt()
            return "taken"
        except LinkDetached as fault:
            return fault.condition
        except SendException as fault:
            return str(fault.state)

    seen = {
        "noQueue": refused(lambda: connection.create_sender("nowhere")),
        "transaction": refused(lambda: connection.create_sender(None, options=ToCoordinator())),
        "properties": refused(lambda: sender.send(Message(body="1", properties={"a": "x" * 40_000}))),
        "after": refused(lambda: sender.send(Message(body="1"))),
    }
    connection.close()
    return seen


def run(scenario):
    try:
        return scenario()
    except Exception:
        return {"failed": traceback.format_exc()}


scenarios = [mechanisms, prefetch, large, settlement, session_ordered, refusals]
print(json.dumps({scenario.__name__.replace("_", "-"): run(scenario) for scenario in scenarios}))
