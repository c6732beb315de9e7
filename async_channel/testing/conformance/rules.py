"""The 43 rules of Reactive Streams for the JVM 1.0.4, and how each is read for asyncio.

What was a method of four interfaces there is part of the language here: ``request(1)`` is a read (`get`, or a step of
an ``async for``), a larger request is the capacity of the reader, ``cancel`` is `close`. ``onNext`` is the event that a
read gives, ``onError`` what it raises, ``onComplete`` its ``StopAsyncIteration``; ``onSubscribe`` is that subscribing
returns. A publisher is whatever is read so, a subscriber whatever reads, a processor is both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

_NAME: Final = re.compile(r"test_[a-z]+_spec(\d)(\d\d)_")


class How(Enum):
    """How a rule is taken over."""

    DIRECT = "direct"
    ADAPTED = "adapted"
    FALLS_AWAY = "falls away"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the specification.

    Args:
        number: section and number, such as 1.1.
        original: what it asks for there, in a few words.
        reading: what it asks for here; empty where it falls away.
        how: how it is taken over.
        why: why it is not taken over as it stands; or what there is to know about it.
    """

    number: str
    original: str
    reading: str
    how: How = How.DIRECT
    why: str = ""

    @property
    def section(self) -> int:
        """1 is about publishers, 2 subscribers, 3 subscriptions, 4 processors."""
        return int(self.number[0])


SECTIONS: Final = {1: "Publisher", 2: "Subscriber", 3: "Subscription", 4: "Processor"}

RULES: Final = (
    # ---- publisher
    Rule(
        "1.1",
        "never more onNext than were requested",
        "A read gives one event. The source is not run ahead of the reads by more than the capacity; where events may "
        "be lost instead, no more of them than that are kept.",
    ),
    Rule("1.2", "may end with fewer than were requested", "The end may come before the capacity is used up."),
    Rule(
        "1.3",
        "signals come serially",
        "Events come in the order of the source, none before another has come, and the end after all of them.",
        why="Only some timings can be tried, so the test is called stochastic, as it is there.",
    ),
    Rule(
        "1.4",
        "a failure is signalled by onError",
        "The error of the source is raised to every reader, after the events before it.",
    ),
    Rule(
        "1.5",
        "a finite stream signals onComplete",
        "After the last event, or without any, a read raises StopAsyncIteration.",
    ),
    Rule("1.6", "after the end the subscription counts as cancelled", "Whoever was told the end is no longer held."),
    Rule(
        "1.7",
        "nothing is signalled after the end",
        "After the end, or an error, each further read ends as well, at once and without an event.",
        why="A subscription that is told what it missed has failed, too; who reads on has begun another.",
    ),
    Rule("1.8", "a cancelled subscriber is signalled no more", "Who has closed gets nothing, while others read on."),
    Rule(
        "1.9",
        "subscribe signals onSubscribe first and returns normally; null is refused",
        "Subscribing returns the subscription, at once; whatever is to be told, also that the publisher has failed "
        "already, its reads tell.",
        How.ADAPTED,
        "No subscriber is handed over, so none can be null; what onSubscribe told is the value that is returned.",
    ),
    Rule(
        "1.10",
        "subscribe may be called again, with another subscriber",
        "Each call gives another subscription; who has room for one only says so to the second.",
    ),
    Rule(
        "1.11",
        "may have several subscribers",
        "All subscribers get the same events in the same order, however slow they "
        "are, and one that closes holds back nobody.",
    ),
    # ---- subscriber
    Rule("2.1", "asks for what it receives", "It gets elements by asking for them, and handles each once, in order."),
    Rule(
        "2.2", "should not obstruct the publisher", "However many elements are there, it lets the loop run in between."
    ),
    Rule(
        "2.3",
        "calls nothing as it is told the end",
        "Once it was told the end or an error it asks for nothing more, and does not begin anew.",
        why="Closing a source that has ended is allowed: aclosing() does that, and it does nothing more.",
    ),
    Rule("2.4", "after the end it considers the subscription cancelled", "It no longer holds a source that has ended."),
    Rule(
        "2.5",
        "cancels a second subscription that it is offered",
        "",
        How.FALLS_AWAY,
        "Nobody offers a subscription: who reads has made it, and an iteration reads one source.",
    ),
    Rule(
        "2.6",
        "cancels what it no longer needs",
        "Cancelled, whether it waits or has elements waiting, it closes the source and reads on no more.",
    ),
    Rule(
        "2.7",
        "calls its subscription serially",
        "It asks for one element at a time, and closes the source only when no call of it is under way.",
    ),
    Rule(
        "2.8",
        "may still be signalled after its cancel",
        "An element that is on its way as it is cancelled does no harm: "
        "nothing is reported, and nothing is handled afterwards.",
    ),
    Rule(
        "2.9",
        "may be completed without having requested",
        "The end may come first of all, or after elements, at once or later.",
    ),
    Rule("2.10", "may be failed without having requested", "So may an error, which is raised to whoever awaits it."),
    Rule(
        "2.11",
        "signals happen before they are processed",
        "An element that another thread has made is handled on the thread of the loop.",
        How.ADAPTED,
        "Within a loop whatever runs first has happened before; only a hand-over from another thread is left of it.",
    ),
    Rule(
        "2.12",
        "onSubscribe is called once at most",
        "",
        How.FALLS_AWAY,
        "There is no onSubscribe: subscribing returns, and that once.",
    ),
    Rule(
        "2.13",
        "signal methods return normally, but for null; who does not is cancelled, and that is raised",
        "A handler that raises ends the reading, with that error and the source closed; or it is reported and the "
        "reading goes on. It is never silent. None is an element as any other.",
        How.ADAPTED,
        "None is a value in Python, not the lack of one.",
    ),
    # ---- subscription
    Rule(
        "3.1",
        "called within its subscriber's context only",
        "A subscription belongs to one event loop: on another one a read is refused, rather than left waiting.",
        How.ADAPTED,
        "The context that matters is the loop. It is the caller's duty, so the test is called optional.",
    ),
    Rule(
        "3.2",
        "request may be called within onSubscribe and onNext",
        "A read may begin at once, before anything is published, and while an event is handled.",
    ),
    Rule(
        "3.3",
        "request and onNext don't recurse without bound",
        "The stack does not grow with the number of events, also where all of them are there.",
    ),
    Rule("3.4", "request returns soon", "A read that waits is asleep: it does not poll, and the loop goes on."),
    Rule(
        "3.5",
        "cancel returns soon, may be repeated, and is thread-safe",
        "Closing takes no time, however slow the source is, and may be repeated.",
        How.ADAPTED,
        "As everything in asyncio it is for the thread of its loop; another one asks by run_coroutine_threadsafe.",
    ),
    Rule(
        "3.6",
        "request after cancel does nothing",
        "A read after closing ends at once, without an event, and takes nothing from others.",
        How.ADAPTED,
        "A read is awaited, so it can't do nothing: it ends, by StopAsyncIteration or an error of its own.",
    ),
    Rule("3.7", "cancel after cancel does nothing", "Closing again does nothing more, nor to others."),
    Rule(
        "3.8",
        "request adds to the demand",
        "Each read gets an event, however long ago it began; each event that is read makes room for another.",
    ),
    Rule(
        "3.9",
        "a request of 0 or less is an error",
        "A negative capacity is refused where it is given, and it is said why. One of 0 is refused as well, or means "
        "that nothing is taken in ahead; never that there is no bound.",
        How.ADAPTED,
        "A read asks for one event. What is a number is the capacity, which is asked for in advance.",
    ),
    Rule(
        "3.10",
        "request may call onNext",
        "A read gives an event that is there without waiting.",
        why="May in the specification, so the test is called optional; and so are the next one and 3.14.",
    ),
    Rule("3.11", "request may call onComplete or onError", "A read tells an end that is there without waiting."),
    Rule(
        "3.12",
        "cancel makes the publisher stop",
        "Closing ends a read that waits, and lets go of a source that nobody else reads.",
    ),
    Rule(
        "3.13",
        "cancel makes the publisher drop its references",
        "Once closed, the subscription is held by nobody, and neither is what was pending for it.",
    ),
    Rule(
        "3.14",
        "cancel may shut down a publisher without other subscribers",
        "After the last has closed, another one that comes gets events or an end, and does not wait for ever.",
    ),
    Rule(
        "3.15",
        "cancel returns normally",
        "Closing raises nothing: before anything is published, while a read waits, after the end, after an error.",
    ),
    Rule(
        "3.16",
        "request returns normally",
        "A read gives an event, or ends, and nothing else, also after one that was cancelled, which takes no event "
        "with it.",
        How.ADAPTED,
        "A read can be cancelled, which a request can't; and it is the read that raises what onError told.",
    ),
    Rule(
        "3.17",
        "any number of requests, for up to 2^63-1",
        "There may be any number of reads, and a capacity of up to 2^63-1.",
        How.ADAPTED,
        "What is a number is the capacity, as in 3.9.",
    ),
    # ---- processor
    Rule(
        "4.1",
        "keeps to the rules of both",
        "What reads and is read keeps to all of the above; what is asked for below is "
        "asked for above, what comes above goes on at once, and closing below closes a source of its own.",
    ),
    Rule(
        "4.2",
        "passes an error on, or recovers and cancels",
        "An error from above is told below at once, after the events before it, and nothing more is asked for above.",
    ),
)
"""All rules, in order."""


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
