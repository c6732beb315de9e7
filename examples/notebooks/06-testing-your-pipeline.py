# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
# ---

# %% [markdown]
# # Testing your pipeline
#
# What a pipeline does, and when, can be drawn: the drawing is the test. Here you will see one pass
# and one fail, a slow consumer and an hour of prices tested without waiting for them, a recording
# that becomes a test, and a bug that only one order of tasks in many has, found.
#
# In a notebook the clock is the kernel's, so `use_clock()` makes it virtual. In a test file no cell
# is needed: the last part shows one.

# %%
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from IPython.display import SVG

from async_channel import Channel, Consumer, Stream, clock, event
from async_channel.notebook import use_clock
from async_channel.pictures import marbles_svg
from async_channel.recording import record
from async_channel.testing import expect_marbles, explore_schedules, marbles, probe

use_clock()

# %% [markdown]
# ## What is tested
#
# A search box: search for what was typed once nobody has typed for three seconds. It is a function
# of the stream that it reads, so a test runs the very pipeline that runs live.


# %%
def searches(keystrokes: Stream[str]) -> Stream[str]:
    return keystrokes.debounce(3.0)


# %% [markdown]
# ## Marbles
#
# A character is a second, `-` is nothing, a letter an event, `|` the end; `(d|)` happens at once.
# So `a-bc------d-|` is typed, and `------c-----(d|)` is expected. As a picture:

# %%
SVG(marbles_svg("a-bc------d-|", operator="searches", output="------c-----(d|)"))

# %% [markdown]
# As a test. Nothing is shown when it passes. In a plain test function, where no loop runs, it is
# `assert_marbles(...)`.

# %%
await expect_marbles(searches(marbles("a-bc------d-|")), "------c-----(d|)")

# %% [markdown]
# Somebody makes the pause four seconds. The failure says what is wrong first, and then shows where.

# %%
try:
    await expect_marbles(marbles("a-bc------d-|").debounce(4.0), "------c-----(d|)")
except AssertionError as failure:
    print(failure)

# %% [markdown]
# Letters stand for whatever `values` says. Here they are prices, and what comes out is the highest
# so far.

# %%
prices = marbles("a-b-c-|", {"a": 64.0, "b": 63.0, "c": 65.0})
await expect_marbles(prices.scan(max), "a-a-c-|", {"a": 64.0, "c": 65.0})

# %% [markdown]
# ## Probes
#
# A probe asks for the events of a stream one by one. With a `capacity` it is a slow consumer, which
# reads when it is asked to. There is room for two orders; each of the others is sent when one is
# read, a minute later each time.

# %%
orders = Channel(str, "Orders")
begun, sent_at = clock.now(), list[float]()


async def produce() -> None:
    for order in "abcd":
        await orders.send(order)
        sent_at.append(clock.now() - begun)


async with probe(orders, capacity=2) as slow, asyncio.TaskGroup() as tasks:
    tasks.create_task(produce())
    for order in "abcd":
        await asyncio.sleep(60)
        await slow.expect(order)

assert sent_at == [0.0, 0.0, 60.0, 120.0]

# %% [markdown]
# ## An hour
#
# A candle is what the price did in an hour. The test takes four hours and a bit, and no time.


# %%
@event
class Candle:
    first: float
    high: float
    low: float
    last: float


def candles(prices: Stream[float]) -> Stream[Candle]:
    hours = prices.buffer(seconds=3600).filter(bool)
    return hours.map(lambda hour: Candle(hour[0], max(hour), min(hour), hour[-1]))


live = Channel(float, "Prices")
async with probe(candles(live)) as seen:
    for price in (64.0, 66.0, 63.0, 65.0):
        await live.send(price)
        await asyncio.sleep(1000)
    await seen.expect(Candle(64.0, 66.0, 63.0, 65.0))
    await seen.expect_no_events(for_=7200)
    await live.send(70.0)
    await asyncio.sleep(3600)
    await seen.expect(Candle(70.0, 70.0, 70.0, 70.0))

# %% [markdown]
# ## From a recording to a test
#
# What was seen once, live, can be what is expected from then on. A recording shows as a picture,
# and gives each of its streams as text marbles.

# %%
live = Channel(float, "prices")
async with record(live, {"highs": live.scan(max)}) as tape:
    for price in (64.0, 63.5, 65.0, 64.5):
        await live.send(price)
        await asyncio.sleep(2)
    await live.stop()
tape

# %% [markdown]
# `drawn` is text with the values of its letters. The same prices, drawn as they came in, must give
# it again.

# %%
drawn = tape.marbles("highs")
print(tape.to_text())
again = marbles(tape.marbles("prices"), tape.marbles("prices").values)
await expect_marbles(again.scan(max), drawn, drawn.values, unit=drawn.unit)

# %% [markdown]
# ## Every order, and every cancellation
#
# Two workers share a consumer. When one of them is cancelled in the middle of a job, the job must
# not be lost. Here it is: a plain test, in asyncio's own order, passes for years.


# %%
async def work(mine: Consumer[str], done: list[str]) -> None:
    async for job in mine:
        await asyncio.sleep(1)
        done.append(job)


async def each_job_is_done() -> None:
    done: list[str] = []
    async with Channel[str]("Jobs") as jobs, Consumer(jobs) as shared:
        workers = [asyncio.create_task(work(shared, done)) for _ in range(2)]
        await jobs.send_many(["a", "b", "c"])
        await asyncio.sleep(60)
    await asyncio.wait(workers)
    assert sorted(done) == ["a", "b", "c"], f"only {done} were done"


await each_job_is_done()

# %% [markdown]
# `explore` is the decorator that a test file has for it: it runs a test in many orders, and cancels
# a task in each at another place. `explore_schedules` is the same as a function, which says what it
# found. It runs loops of its own, so in a notebook it gets a thread.


# %%
async def found_in(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    found = await asyncio.to_thread(explore_schedules, test, schedules=200, cancellations=True)
    if found.failure is None:
        print(f"no failure in {found.schedules} schedules with {found.cancellations} cancellations")
    else:
        print(found.failure.error)
        print(found.failure.note.replace(Path(test.__code__.co_filename).name, "cell"))


await found_in(each_job_is_done)

# %% [markdown]
# The `>` is where it leaves asyncio's order. The schedule is the shortest that was found to fail,
# and the line with the seed repeats it. So a worker has to give back what it could not finish:


# %%
async def careful_work(jobs: Channel[str], mine: Consumer[str], done: list[str]) -> None:
    async for job in mine:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            jobs.send_nowait(job)  # to whoever goes on
            raise
        done.append(job)


async def each_job_is_done_now() -> None:
    done: list[str] = []
    async with Channel[str]("Jobs") as jobs, Consumer(jobs) as shared:
        workers = [asyncio.create_task(careful_work(jobs, shared, done)) for _ in range(2)]
        await jobs.send_many(["a", "b", "c"])
        await asyncio.sleep(60)
    await asyncio.wait(workers)
    assert sorted(done) == ["a", "b", "c"], f"only {done} were done"


await found_in(each_job_is_done_now)

# %% [markdown]
# ## In a test file
#
# There it is less: nothing about a clock, and no `await` in a plain test. This file is run by
# pytest, as yours would be.

# %%
TESTS = """\
import pytest
from async_channel import Channel, Stream
from async_channel.testing import ChannelFactory, assert_marbles, marbles, probe

def searches(keystrokes: Stream[str]) -> Stream[str]:
    return keystrokes.debounce(4.0)

def test_a_search_begins_when_nobody_types_for_three_seconds() -> None:
    assert_marbles(searches(marbles("a-bc------d-|")), "------c-----(d|)")

@pytest.mark.virtual_time
async def test_nobody_types_for_an_hour(channel_factory: ChannelFactory) -> None:
    keys: Channel[str] = channel_factory("Keys")
    async with probe(searches(keys)) as p:
        await p.expect_no_events(for_=3600)
"""

with tempfile.TemporaryDirectory() as folder:
    Path(folder, "test_searches.py").write_text(TESTS)
    pytest = [sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=short", "-p", "no:randomly"]
    told = subprocess.run([*pytest, "test_searches.py"], cwd=folder, capture_output=True, text=True, check=False)
print(told.stdout.rpartition(" in ")[0])  # how long it took is not the same twice

# %% [markdown]
# ## Where next
#
# - [testing.md](../../docs/testing.md) has all of this for test files, and more: pytest's plug-ins,
#   back-tests, the rules that a source of your own can be held to.
# - [operators.md](../../docs/operators.md) draws each operator in the same notation.
# - [When things go wrong](05-when-things-go-wrong.ipynb): what to test for.
