"""The conformance kit itself: each rule can fail, each broken publisher is caught by the rules it breaks, no others."""

from __future__ import annotations

import asyncio
import time
import unittest
from collections import Counter
from typing import Any

import pytest

import async_channel.testing.conformance as kit
from async_channel.testing.conformance import (
    RULES,
    SILENT,
    Element,
    How,
    Outcome,
    ProcessorRules,
    PublisherFactory,
    PublisherRules,
    Source,
    StreamPublishers,
    SubscriberRules,
    SubscriptionRules,
    Traits,
    Verdict,
    rule_of,
    rule_tests,
    verify,
    verify_processors,
    verify_subscribers,
)
from tests.support import run, sampled
from tests.testing.broken_publishers import BROKEN as BROKEN_PUBLISHERS
from tests.testing.broken_publishers import Broken
from tests.testing.broken_subscribers import Plain as PlainSubscriber
from tests.testing.broken_subscribers import kinds
from tests.testing.broken_subscriptions import BROKEN as BROKEN_SUBSCRIPTIONS
from tests.testing.plain_publisher import Making, Plain, Reader

CLASSES: tuple[type[Any], ...] = (PublisherRules, SubscriberRules, SubscriptionRules, ProcessorRules)
TESTS = [test for rules in CLASSES for test in rule_tests(rules)]
BROKEN: dict[str, Broken] = {**BROKEN_PUBLISHERS, **BROKEN_SUBSCRIPTIONS}


def broken(verdicts: list[Verdict]) -> list[str]:
    return [verdict.test for verdict in verdicts if verdict.outcome is Outcome.BROKEN]


def rules_of(tests: list[str]) -> list[str]:
    return sorted({rule_of(test) for test in tests}, key=lambda rule: [int(part) for part in rule.split(".")])


# ---- the table


def test_the_table_has_all_rules_in_order() -> None:
    sizes = Counter(rule.section for rule in RULES)
    assert sizes == {1: 11, 2: 13, 3: 17, 4: 2}
    assert [rule.number for rule in RULES] == [
        f"{section}.{n}" for section in sizes for n in range(1, sizes[section] + 1)
    ]


def test_every_rule_that_does_not_fall_away_has_a_test_and_no_other_has() -> None:
    assert rules_of(TESTS) == [rule.number for rule in RULES if rule.how is not How.FALLS_AWAY]


def test_a_rule_has_a_reading_unless_it_falls_away_and_a_reason_unless_it_is_direct() -> None:
    for rule in RULES:
        assert bool(rule.reading) == (rule.how is not How.FALLS_AWAY), rule
        assert rule.why or rule.how is How.DIRECT, rule
    assert Counter(rule.how for rule in RULES) == {How.DIRECT: 32, How.ADAPTED: 9, How.FALLS_AWAY: 2}


def test_every_test_is_named_after_a_rule_and_its_kind() -> None:
    names = [name for rules in CLASSES for name in dir(rules) if name.startswith("test")]
    assert sorted(names) == sorted(TESTS)
    assert {name.split("_")[1] for name in names} == {"required", "optional", "stochastic"}
    with pytest.raises(ValueError, match="not named after a rule"):
        rule_of("test_of_mine")


# ---- what is broken


@pytest.mark.parametrize("name", sampled(BROKEN))
def test_a_broken_publisher_is_caught_by_the_rules_it_breaks_and_no_others(name: str) -> None:
    verdicts = verify_processors(BROKEN[name].factory)
    caught = {verdict.test: verdict.why for verdict in verdicts if verdict.outcome is Outcome.BROKEN}
    assert rules_of(list(caught)) == rules_of_note(BROKEN[name].rules), caught


def rules_of_note(rules: set[str]) -> list[str]:
    return sorted(rules, key=lambda rule: [int(part) for part in rule.split(".")])


@pytest.mark.parametrize("kind", sampled(kinds()), ids=lambda kind: kind.__name__)
def test_a_broken_subscriber_is_caught_by_the_rules_it_breaks_and_no_others(kind: type[PlainSubscriber]) -> None:
    verdicts = verify_subscribers(kind())
    caught = {verdict.test: verdict.why for verdict in verdicts if verdict.outcome is Outcome.BROKEN}
    assert rules_of(list(caught)) == rules_of_note(set(kind.rules.split())), caught


@pytest.mark.parametrize("test", sampled(TESTS))
def test_each_test_can_fail(test: str) -> None:
    (rules,) = (rules for rules in CLASSES if hasattr(rules, test))
    alone = type("Alone", (), {test: getattr(rules, test)})
    made: list[Any] = [kind() for kind in kinds() if rule_of(test) in kind.rules.split()]
    made += [case.factory for case in BROKEN.values() if rule_of(test) in case.rules]
    assert any(broken(verify(factory, alone)) for factory in made)


def test_a_broken_rule_is_told_with_what_it_asks_for() -> None:
    class Mute(Plain):
        async def run(self) -> None: ...

    with pytest.raises(AssertionError) as caught:
        PublisherRules().test_required_spec105_the_end_is_told_after_the_last_event(Making(Mute, Traits()))
    assert caught.value.__notes__ == [
        "rule 1.5: After the last event, or without any, a read raises StopAsyncIteration."
    ]


# ---- how the tests run


class PollsForEver(Reader):
    async def wait_for_event(self) -> None:
        await asyncio.sleep(0)


@pytest.mark.real_time
def test_who_keeps_the_loop_busy_is_cut_off_in_real_time() -> None:
    began = time.monotonic()
    with pytest.raises(AssertionError, match=r"kept busy, or blocked, for 0\.2 real seconds"):
        SubscriptionRules().test_required_spec308_each_read_gets_an_event_however_long_ago_it_began(
            Making(lambda source: Plain(source, PollsForEver), Traits(stuck=0.2))
        )
    assert time.monotonic() - began < 20


@pytest.mark.real_time
def test_on_real_time_the_rules_hold_as_well() -> None:
    hasty = Making(Plain, Traits(speed=1.0, beat=0.005, patience=0.25))
    rules = PublisherRules()
    rules.test_required_spec104_a_failure_is_told_after_the_events_before_it(hasty)
    rules.test_required_spec105_the_end_is_told_after_the_last_event(hasty)
    SubscriptionRules().test_required_spec312_closing_ends_a_read_that_waits(hasty)


def test_what_does_not_concern_a_publisher_is_skipped() -> None:
    endless = Making(Plain, Traits(completes=False, multicast=False, sized=False))
    skipped = {verdict.rule: verdict.why for verdict in verify(endless) if verdict.outcome is Outcome.SKIPPED}
    assert skipped["1.2"] == "these publishers do not complete"
    assert skipped["1.11"] == "one subscriber only"
    assert skipped["3.9"] == "it has no capacity"
    with pytest.raises(unittest.SkipTest, match=r"^PublisherRules, rule 1\.2: these publishers do not complete$"):
        PublisherRules().test_required_spec102_it_may_end_before_all_came_that_was_asked_for(endless)


def test_an_error_of_run_that_nobody_saw_fails_the_test() -> None:
    class Breaks(Plain):
        async def run(self) -> None:
            await super().run()
            raise LookupError("afterwards")

    with pytest.raises(AssertionError, match="run\\(\\) of the publisher raised LookupError"):
        PublisherRules().test_required_spec105_the_end_is_told_after_the_last_event(Making(Breaks, Traits()))


def test_a_publisher_that_gives_no_subscription_is_no_endless_wait() -> None:
    class Waits(Plain):
        async def subscribe(self, capacity: int) -> Any:
            await asyncio.get_running_loop().create_future()

    with pytest.raises(AssertionError, match="subscribe\\(\\) waited for ever"):
        PublisherRules().test_required_spec105_the_end_is_told_after_the_last_event(Making(Waits, Traits()))


# ---- the source


def test_a_source_gives_its_elements_anew_to_each_iteration_and_counts() -> None:
    async def main() -> None:
        source = Source(2)
        assert [element async for element in source] == [element async for element in source]
        assert (source.taken, source.begun, source.open) == (4, 2, 0)
        assert source.alive == []

    run(main())


def test_a_source_sees_who_calls_it_while_it_is_called_and_after_its_end() -> None:
    async def main() -> None:
        source = Source(1, pause=1.0)
        iteration = aiter(source)
        first = asyncio.ensure_future(anext(iteration))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError):
            await anext(iteration)
        assert source.overlaps == 1
        assert await first == Element(0)
        await iteration.aclose()
        assert (source.open, source.asked_after_end) == (0, 0)
        assert await anext(iteration, None) is None
        assert source.asked_after_end == 1

    run(main())


def test_a_source_that_is_cancelled_while_it_waits_is_over_as_a_generator_is() -> None:
    async def main() -> None:
        source = Source(0, SILENT)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(aiter(source)), 1.0)
        assert source.open == 0

    run(main())


def test_the_factory_of_streams_knows_what_follows_from_an_overflow_policy() -> None:
    import async_channel

    def itself(channel: async_channel.Channel[Element]) -> async_channel.Channel[Element]:
        return channel

    made: PublisherFactory[Element] = StreamPublishers(itself, overflow=async_channel.Overflow.FAIL)
    assert made.traits.lossy
    assert made.traits.overrun is async_channel.ConsumerLagged
    assert not StreamPublishers(itself).traits.lossy


def test_all_that_is_exported_is_there() -> None:
    assert all(hasattr(kit, name) for name in kit.__all__)
