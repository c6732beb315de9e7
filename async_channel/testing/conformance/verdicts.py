"""All rules at once, without pytest: which hold, which do not concern what is tested, and which are broken and how."""

from __future__ import annotations

import unittest
from dataclasses import dataclass
from enum import Enum
from typing import Any

from async_channel.testing.conformance.processor import ProcessorRules
from async_channel.testing.conformance.protocols import PublisherFactory, SubscriberFactory
from async_channel.testing.conformance.publisher import PublisherRules
from async_channel.testing.conformance.rules import rule_of, rule_tests
from async_channel.testing.conformance.running import DoesNotConcern
from async_channel.testing.conformance.subscriber import SubscriberRules
from async_channel.testing.conformance.subscription import SubscriptionRules


class Outcome(Enum):
    """What came of a test."""

    HOLDS = "holds"
    SKIPPED = "skipped"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one test says of one library."""

    test: str
    rule: str
    outcome: Outcome
    why: str = ""


def verify(publishers: PublisherFactory[Any], *rules: type[Any]) -> list[Verdict]:
    """Hold publishers to rules: those of sections 1 and 3 by default.

    >>> from async_channel.testing.conformance import StreamPublishers
    >>> [
    ...     verdict.rule
    ...     for verdict in verify(StreamPublishers(lambda channel: channel))
    ...     if verdict.outcome is Outcome.BROKEN
    ... ]
    []

    Args:
        publishers: makes them.
        rules: `PublisherRules`, `SubscriptionRules`, `ProcessorRules`, or classes like these.
    """
    return _verify(publishers, rules or (PublisherRules, SubscriptionRules))


def verify_processors(publishers: PublisherFactory[Any]) -> list[Verdict]:
    """Hold publishers that are operators to sections 1, 3 and 4.

    >>> from async_channel.testing.conformance import StreamPublishers
    >>> numbers = StreamPublishers(
    ...     lambda elements: elements.map(lambda element: element.number),
    ...     expected=lambda elements: [element.number for element in elements],
    ... )
    >>> {verdict.outcome for verdict in verify_processors(numbers)} == {Outcome.HOLDS, Outcome.SKIPPED}
    True

    Args:
        publishers: makes them.
    """
    return _verify(publishers, (PublisherRules, SubscriptionRules, ProcessorRules))


def verify_subscribers(subscribers: SubscriberFactory) -> list[Verdict]:
    """Hold subscribers to section 2.

    >>> class Loops(SubscriberFactory):
    ...     async def read(self, source, handle):
    ...         async for element in source:
    ...             handle(element)
    >>> for verdict in verify_subscribers(Loops()):
    ...     if verdict.outcome is Outcome.BROKEN:
    ...         print(verdict.rule, verdict.why)
    2.2 while it read 5000 elements that were there, nobody else had a turn
    2.13 the subscriber failed, and did not close the source

    Args:
        subscribers: makes them.
    """
    return _verify(subscribers, (SubscriberRules,))


def _verify(factory: object, rules: tuple[type[Any], ...]) -> list[Verdict]:
    return [_verdict(group(), test, factory) for group in rules for test in rule_tests(group)]


def _verdict(group: Any, test: str, factory: object) -> Verdict:
    rule = rule_of(test)
    try:
        getattr(group, test)(factory)
    except unittest.SkipTest as skipped:
        why = skipped.why if isinstance(skipped, DoesNotConcern) else str(skipped)
        return Verdict(test, rule, Outcome.SKIPPED, why)
    except Exception as broken:
        why = str(broken) if isinstance(broken, AssertionError) else repr(broken)
        return Verdict(test, rule, Outcome.BROKEN, why.partition("\n")[0])
    return Verdict(test, rule, Outcome.HOLDS)
