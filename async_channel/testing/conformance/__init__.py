"""The conformance kit: the rules of Reactive Streams, read for asyncio, as tests that anything can be held to.

Somebody who writes a channel, an operator or a transport says how one is made and read, and inherits the tests:

>>> import asyncio
>>> import pytest
>>> class Inbox:
...     def __init__(self, topic: "Topic", capacity: int) -> None:
...         if capacity < 1:
...             raise ValueError(f"capacity is at least 1, got {capacity}")
...         self.topic, self.queue = topic, asyncio.Queue[Element](capacity)
...
...     async def get(self) -> Element:
...         return await self.queue.get()
...
...     async def close(self) -> None:
...         self.topic.inboxes.discard(self)
>>> class Topic:
...     def __init__(self, source: Source) -> None:
...         self.source, self.inboxes = source, set[Inbox]()
...
...     async def subscribe(self, capacity: int) -> Inbox:
...         self.inboxes.add(inbox := Inbox(self, capacity))
...         return inbox
...
...     async def run(self) -> None:
...         async for element in self.source:
...             for inbox in tuple(self.inboxes):
...                 await inbox.queue.put(element)
>>> class Topics(PublisherFactory[Element]):
...     def publisher(self, source: Source) -> Topic:
...         return Topic(source)
>>> class TestTopic(PublisherRules, SubscriptionRules):  # pytest collects it: one test a rule and more
...     @pytest.fixture
...     def publishers(self) -> PublisherFactory[Element]:
...         return Topics()

What they say of it, here without pytest:

>>> for verdict in verify(Topics()):
...     if verdict.rule in ("1.5", "3.12") and verdict.outcome is Outcome.BROKEN:
...         print(verdict.rule, verdict.why)
1.5 after 0 events: the read waited for ever
1.5 the end: the read waited for ever
3.12 a read that waited when the subscription was closed: the read waited for ever

`PublisherRules` and `SubscriptionRules` are for whatever is read, `ProcessorRules` for operators besides,
`SubscriberRules` for whatever reads. `StreamPublishers` makes the factory for a stream of this library. Tests run on
virtual time, unless `Traits` say otherwise, and need no plugin. `RULES` is the table of all rules: the specification is
Reactive Streams for the JVM 1.0.4, the idea that of its TCK.
"""

from async_channel.testing.conformance.processor import ProcessorRules
from async_channel.testing.conformance.protocols import (
    Publisher,
    PublisherFactory,
    SubscriberFactory,
    Subscription,
    Traits,
)
from async_channel.testing.conformance.publisher import PublisherRules
from async_channel.testing.conformance.rules import RULES, SECTIONS, How, Rule, rule_of, rule_tests
from async_channel.testing.conformance.source import SILENT, Element, Silence, Source, SourceFailed
from async_channel.testing.conformance.streams import (
    ByBatches,
    ByGet,
    ByIteration,
    ColdPublishers,
    StreamPublishers,
    send_each,
)
from async_channel.testing.conformance.subscriber import SubscriberRules
from async_channel.testing.conformance.subscription import SubscriptionRules
from async_channel.testing.conformance.verdicts import (
    Outcome,
    Verdict,
    verify,
    verify_processors,
    verify_subscribers,
)

__all__ = [
    "RULES",
    "SECTIONS",
    "SILENT",
    "ByBatches",
    "ByGet",
    "ByIteration",
    "ColdPublishers",
    "Element",
    "How",
    "Outcome",
    "ProcessorRules",
    "Publisher",
    "PublisherFactory",
    "PublisherRules",
    "Rule",
    "Silence",
    "Source",
    "SourceFailed",
    "StreamPublishers",
    "SubscriberFactory",
    "SubscriberRules",
    "Subscription",
    "SubscriptionRules",
    "Traits",
    "Verdict",
    "rule_of",
    "rule_tests",
    "send_each",
    "verify",
    "verify_processors",
    "verify_subscribers",
]
