"""All rules at once, without pytest: which hold, which do not concern what is tested, and which are broken and how."""

from __future__ import annotations

import re
import unittest
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from async_channel.testing.conformance.processor import ProcessorRules
from async_channel.testing.conformance.protocols import PublisherFactory, SubscriberFactory
from async_channel.testing.conformance.publisher import PublisherRules
from async_channel.testing.conformance.subscriber import SubscriberRules
from async_channel.testing.conformance.subscription import SubscriptionRules

_NAME = re.compile(r"test_[a-z]+_spec(\d)(\d\d)_")


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


def rule_tests(rules: type[Any]) -> Iterator[str]:
    """The names of the tests that a class of rules has."""
    return (name for name in dir(rules) if _NAME.match(name))


def rule_of(test: str) -> str:
    """The number of the rule that a test is named after, such as 1.1.

    >>> rule_of("test_required_spec101_the_source_is_not_run_ahead_of_what_was_asked_for")
    '1.1'

    Raises:
        ValueError: it is not named after a rule.
    """
    found = _NAME.match(test)
    if found is None:
        raise ValueError(f"{test!r} is not named after a rule, as in test_required_spec101_...")
    return f"{found[1]}.{int(found[2])}"


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
    """Hold publishers that are operators to sections 1, 3 and 4."""
    return _verify(publishers, (PublisherRules, SubscriptionRules, ProcessorRules))


def verify_subscribers(subscribers: SubscriberFactory) -> list[Verdict]:
    """Hold subscribers to section 2."""
    return _verify(subscribers, (SubscriberRules,))


def _verify(factory: object, rules: tuple[type[Any], ...]) -> list[Verdict]:
    return [_verdict(group(), test, factory) for group in rules for test in rule_tests(group)]


def _verdict(group: Any, test: str, factory: object) -> Verdict:
    rule = rule_of(test)
    try:
        getattr(group, test)(factory)
    except unittest.SkipTest as skipped:
        return Verdict(test, rule, Outcome.SKIPPED, str(skipped))
    except Exception as broken:
        why = str(broken) if isinstance(broken, AssertionError) else repr(broken)
        return Verdict(test, rule, Outcome.BROKEN, why.partition("\n")[0])
    return Verdict(test, rule, Outcome.HOLDS)
