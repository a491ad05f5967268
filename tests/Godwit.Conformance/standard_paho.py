"""paho against --mqtt-profile standard: QoS 2, subscription identifiers, retain handling, no local, shared groups, sessions, at MQTT 3.1.1 and 5."""
import os
import queue
import uuid

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

PORT = int(os.environ["GODWIT_STANDARD_PORT"])
MARK = "paho-" + uuid.uuid4().hex[:8]


class Client:
    def __init__(self, name, level, clean=True, expiry=0):
        self.five = level == mqtt.MQTTv5
        options = {} if self.five else {"clean_session": clean}
        self.client = mqtt.Client(f"{MARK}-{name}", protocol=level, **options)
        self.messages, self.events = queue.Queue(), queue.Queue()
        self.client.on_message = lambda c, u, message: self.messages.put(message)
        self.client.on_connect = lambda c, u, flags, *rest: self.events.put(("connect", flags["session present"], int(str(rest[0].value if self.five else rest[0]))))
        self.client.on_subscribe = lambda c, u, mid, granted, *rest: self.events.put(("subscribe", [int(str(getattr(g, "value", g))) for g in granted]))
        more = {}
        if self.five:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = expiry
            more = {"clean_start": clean, "properties": properties}
        self.client.connect("127.0.0.1", PORT, keepalive=30, **more)
        self.client.loop_start()
        kind, self.present, code = self.events.get(timeout=10)
        assert (kind, code) == ("connect", 0), (kind, code)

    def subscribe(self, topic, qos=0, options=None, identifier=None):
        if self.five:
            properties = Properties(PacketTypes.SUBSCRIBE) if identifier else None
            if identifier:
                properties.SubscriptionIdentifier = identifier
            self.client.subscribe(topic, options=options or SubscribeOptions(qos=qos), properties=properties)
        else:
            self.client.subscribe(topic, qos)
        return self.events.get(timeout=10)[1]

    def publish(self, topic, payload, qos=0, retain=False, properties=None):
        done = self.client.publish(topic, payload, qos, retain, **({"properties": properties} if properties else {}))
        done.wait_for_publish(10)
        assert done.is_published(), (topic, qos)

    def next(self):
        message = self.messages.get(timeout=10)
        return message.topic, message.payload.decode(), message.qos, message.retain, message

    def quiet(self):
        """Nothing came before the answer to a subscription."""
        self.subscribe(f"{MARK}/quiet/{uuid.uuid4().hex}")
        assert self.messages.empty(), self.messages.get().topic

    def end(self):
        self.client.disconnect()
        self.client.loop_stop()


def same(what, found, expected):
    assert found == expected, f"{what}: expected {expected}, found {found}"


for level, name in ((mqtt.MQTTv311, "v311"), (mqtt.MQTTv5, "v5")):
    root = f"{MARK}/{name}"
    reader, writer = Client(f"r-{name}", level), Client(f"w-{name}", level)
    same("granted", reader.subscribe(f"{root}/#", 2), [2])
    for qos in (0, 1, 2):
        for i in range(20):
            writer.publish(f"{root}/q", f"{qos}-{i}", qos)
        for i in range(20):
            same("order and QoS", reader.next()[:4], (f"{root}/q", f"{qos}-{i}", qos, 0))
    writer.publish(root, "parent", 1)
    same("a/# matches a [MQTT-4.7.1-2]", reader.next()[:2], (root, "parent"))
    writer.publish(f"{root}/kept/a", "x", 2, retain=True)
    reader.next()
    late = Client(f"l-{name}", level)
    same("granted", late.subscribe(f"{root}/kept/+", 2), [2])
    same("retained for a wildcard [MQTT-3.3.1-9]", late.next()[:4], (f"{root}/kept/a", "x", 2, 1))
    writer.publish(f"{root}/kept/a", "", 1, retain=True)
    late.next()
    deep = "/".join([root] + ["level"] * 40)
    late.subscribe(deep)
    writer.publish(deep, "deep", 1)
    same("forty levels", late.next()[1], "deep")

    # A session that is away gets QoS 2, in order, once.
    away = Client(f"a-{name}", level, clean=False, expiry=600)
    away.subscribe(f"{root}/away", 2)
    away.end()
    for i in range(10):
        writer.publish(f"{root}/away", str(i), 2)
    back = Client(f"a-{name}", level, clean=False, expiry=600)
    same("session present", int(back.present), 1)
    for i in range(10):
        same("what waited", back.next()[1:3], (str(i), 2))
    back.quiet()

    # Of a shared group one member gets each message.
    members = [Client(f"s{i}-{name}", level) for i in range(2)]
    for member in members:
        member.subscribe(f"$share/g/{root}/shared", 1)
    for i in range(10):
        writer.publish(f"{root}/shared", str(i), 1)
    got = sorted(int(member.next()[1]) for member in members for _ in range(5))
    same("shared", got, list(range(10)))
    for client in (reader, writer, late, back, *members):
        client.end()

# What only level 5 has.
root = f"{MARK}/five"
one = Client("one", mqtt.MQTTv5)
one.subscribe(f"{root}/#", 1, identifier=1)
one.subscribe(f"{root}/a", 1, identifier=268435455)
properties = Properties(PacketTypes.PUBLISH)
properties.UserProperty = [("k", "1"), ("k", "2")]
properties.ResponseTopic, properties.CorrelationData = f"{root}/answer", b"\x00\x01"
properties.ContentType, properties.PayloadFormatIndicator, properties.MessageExpiryInterval = "text/plain", 1, 60
one.publish(f"{root}/a", "x", 2, properties=properties)
message = one.next()[4]
told = message.properties
same("identifiers of all that match [MQTT-3.3.4-4]", sorted(told.SubscriptionIdentifier), [1, 268435455])
same("user properties in order", told.UserProperty, [("k", "1"), ("k", "2")])
same("the rest", (told.ResponseTopic, told.CorrelationData, told.ContentType, told.PayloadFormatIndicator, told.MessageExpiryInterval), (f"{root}/answer", b"\x00\x01", "text/plain", 1, 60))
two = Client("two", mqtt.MQTTv5)
two.subscribe(f"{root}/own", options=SubscribeOptions(qos=1, noLocal=True))
two.publish(f"{root}/own", "mine", 1)
one.next()
two.quiet()
one.publish(f"{root}/kept", "x", 1, retain=True)
one.next()
two.subscribe(f"{root}/kept", options=SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND))
two.quiet()
two.subscribe(f"{root}/kept", options=SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB))
two.quiet()
two.subscribe(f"{root}/kept", options=SubscribeOptions(qos=1, retainAsPublished=True))
same("retain handling 0", two.next()[1:4], ("x", 1, 1))
one.publish(f"{root}/kept", "", 1, retain=True)
same("retain as published [MQTT-3.3.1-13]", two.next()[3], 1)
one.end()
two.end()
