"""Writes the tables in conformance.md from the rules and their tests: run `python -m docs.conformance` after a change.

What is between a `<!-- rules: ... -->` and the next `<!-- end of rules -->` is made here. The measured table at the end
is written by `python -m benchmarks.conformance_peers --write`, where the peers are installed; the rest of the page is
written by hand.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from pathlib import Path

from async_channel.testing.conformance import (
    RULES,
    SECTIONS,
    How,
    ProcessorRules,
    PublisherRules,
    Rule,
    SubscriberRules,
    SubscriptionRules,
    rule_of,
    rule_tests,
)

PAGE = Path(__file__).with_suffix(".md")
TABLE = re.compile(r"(?<=<!-- rules: )(\w+)( -->\n).*?(?=<!-- end of rules -->)", re.DOTALL)

CLASSES = (PublisherRules, SubscriberRules, SubscriptionRules, ProcessorRules)
TESTS = [test for rules in CLASSES for test in rule_tests(rules)]


def named(test: str) -> str:
    """A test's name as it is read in a table, where one long word would take the room of the others.

    Examples:
        >>> named("test_required_spec312_a_read_that_waits_ends")
        '*required*: a read that waits ends'
    """
    _, kind, _, *words = test.split("_")
    return f"*{kind}*: {' '.join(words)}"


def _row(rule: Rule) -> str:
    tests = "<br>".join(named(test) for test in TESTS if rule_of(test) == rule.number)
    how = f"**{rule.how.value}**" if rule.how is not How.DIRECT else rule.how.value
    reading = " ".join(part for part in (rule.reading, f"*{rule.why}*" if rule.why else "") if part)
    return f"| {rule.number} | {rule.original} | {reading} | {how} | {tests} |"


def _section(section: int) -> str:
    head = ["| rule | there | here | how | tests |", "|---|---|---|---|---|"]
    return "\n".join([*head, *(_row(rule) for rule in RULES if rule.section == section)])


def _counts() -> str:
    kinds = Counter(test.split("_")[1] for test in TESTS)
    hows = Counter(rule.how for rule in RULES)
    counts = (
        f"Of the {len(RULES)} rules {hows[How.DIRECT]} apply as they stand, {hows[How.ADAPTED]} are adapted, and "
        f"{hows[How.FALLS_AWAY]} fall away. There are {len(TESTS)} tests: {kinds['required']} are required, "
        f"{kinds['optional']} optional, {kinds['stochastic']} stochastic."
    )
    return textwrap.fill(counts, 120)


def render(page: str) -> str:
    """The page with its tables made anew."""
    made = {"counts": _counts(), **{name.lower(): _section(section) for section, name in SECTIONS.items()}}
    return TABLE.sub(lambda found: f"{found[1]}{found[2]}\n{made[found[1]]}\n\n", page)


if __name__ == "__main__":
    PAGE.write_text(render(PAGE.read_text("utf-8")), "utf-8")
