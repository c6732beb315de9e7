"""Everything of the library that is read, or reads, keeps to the rules of Reactive Streams."""

from __future__ import annotations

import pytest

from async_channel.testing.conformance import (
    Outcome,
    ProcessorRules,
    PublisherRules,
    SubscriberRules,
    SubscriptionRules,
    verify_processors,
)
from tests.testing.conforming import CHANNELS, EXCEPTIONS, PROCESSORS, SUBSCRIBERS


@pytest.mark.parametrize("publishers", CHANNELS.values(), ids=CHANNELS)
class TestChannels(PublisherRules, SubscriptionRules):
    """Channels, with every overflow policy and every way to read and to send."""


@pytest.mark.parametrize("publishers", PROCESSORS.values(), ids=PROCESSORS)
class TestPipelines(PublisherRules, SubscriptionRules, ProcessorRules):
    """Operators, and the sources that a pipeline begins with."""


@pytest.mark.parametrize("subscribers", SUBSCRIBERS.values(), ids=SUBSCRIBERS)
class TestReaders(SubscriberRules):
    """Whatever reads a stream to its end."""


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_what_is_meant_to_break_a_rule_breaks_no_other(name: str) -> None:
    publishers, rules = EXCEPTIONS[name]
    verdicts = verify_processors(publishers)
    assert {verdict.rule for verdict in verdicts if verdict.outcome is Outcome.BROKEN} == rules
