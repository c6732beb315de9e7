"""Importing the package: quick, because what only some operators need is loaded when the first of them is used."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from async_channel import util

PROGRAM = """\
import json, sys
import async_channel
loaded = [sorted(name for name in sys.modules if name.startswith("async_channel.util."))]
async_channel.Channel().key_by(lambda event: event)
loaded.append(sorted(name for name in sys.modules if name.startswith("async_channel.util.")))
assert not {"async_channel.monitoring", "async_channel.pictures", "rich", "IPython"} & sys.modules.keys()
print(json.dumps(loaded))
"""


def test_the_rooms_of_some_operators_are_opened_by_their_first_use() -> None:
    answer = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    at_first, with_keys = json.loads(answer.stdout)
    later = {f"async_channel.util.{name}" for name in util.__all__}
    assert not later & set(at_first)
    assert "async_channel.util.log" in at_first
    assert later & set(with_keys) == {"async_channel.util.keyed", "async_channel.util.dynamic"}


def test_each_of_them_is_found_and_nothing_else() -> None:
    for name in util.__all__:
        assert getattr(util, name).__name__ == f"async_channel.util.{name}"
    unknown = "nothing"
    with pytest.raises(AttributeError, match=r"module 'async_channel\.util' has no attribute 'nothing'"):
        getattr(util, unknown)
