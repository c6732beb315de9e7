# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
# ---

# %% [markdown]
# # From RxPY, asyncio.Queue and Async-Channel
#
# What you will see: one small program, written with `asyncio.Queue`, with RxPY, with the legacy Async-Channel, and with
# typed channels; what each takes for it, measured here; and what happens in each when a reader fails.
#
# The program: ticks come in. One reader wants each new high of BTC, another one every tick. At the end both have seen
# all of theirs.

# %%
import asyncio
import json
import logging
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from reactivex import Subject
from reactivex import operators as ops

from async_channel import Channel, Consumer, event
from examples.charts import Bars

T = TypeVar("T")


@event
class Tick:
    symbol: str
    price: float


def some_ticks(count: int) -> list[Tick]:
    """Two symbols in turn, whose prices go up and down."""
    return [Tick(("BTC", "ETH")[n % 2], float(1000 + n * 7919 % 997)) for n in range(count)]


@event
class Result:
    highs: list[float]
    ticks: list[Tick]


TICKS = some_ticks(20_000)

# %% [markdown]
# ## With asyncio.Queue
#
# A queue for each reader, and a loop for each. The one who sends must know all of them; the end is a `None` that each
# must look for; what selects and maps is written into the loop.


# %%
async def with_queues(ticks: Sequence[Tick]) -> Result:
    for_highs: asyncio.Queue[Tick | None] = asyncio.Queue(1024)
    for_tape: asyncio.Queue[Tick | None] = asyncio.Queue(1024)
    highs: list[float] = []
    tape: list[Tick] = []

    async def read_highs() -> None:
        high = 0.0
        while (tick := await for_highs.get()) is not None:
            if tick.symbol == "BTC" and tick.price > high:
                high = tick.price
                highs.append(high)

    async def read_tape() -> None:
        while (tick := await for_tape.get()) is not None:
            tape.append(tick)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(read_highs())
        tasks.create_task(read_tape())
        for tick in (*ticks, None):
            await for_highs.put(tick)
            await for_tape.put(tick)
    return Result(highs, tape)


# %% [markdown]
# ## With RxPY
#
# A `Subject` and operators: the program says what it wants. Readers are called while `on_next` runs, so a reader that
# awaits has no place here, and one that is slow can't make the sender wait. (Types: a lambda in `ops.map` is of unknown
# arguments to mypy, so these are functions.)


# %%
def is_btc(tick: Tick) -> bool:
    return tick.symbol == "BTC"


def price_of(tick: Tick) -> float:
    return tick.price


async def with_rx(ticks: Sequence[Tick]) -> Result:
    subject: Subject[Tick] = Subject()
    highs: list[float] = []
    tape: list[Tick] = []
    prices = subject.pipe(ops.filter(is_btc), ops.map(price_of))
    prices.pipe(ops.scan(max), ops.distinct_until_changed()).subscribe(highs.append)
    subject.subscribe(tape.append)
    for tick in ticks:
        subject.on_next(tick)
    subject.on_completed()
    return Result(highs, tape)


# %% [markdown]
# ## With typed channels
#
# The same operators, with types that lambdas have as well; readers are loops that may await, and the sender waits for
# room. The end is a part of it. A `Channel` is a `Subject`, so what you have in RxPY works on it: `channel.pipe(...)`.


# %%
async def read(consumer: Consumer[T]) -> list[T]:
    return [one async for one in consumer]


async def with_channels(ticks: Sequence[Tick]) -> Result:
    async with Channel(Tick, "Ticks") as channel:
        prices = channel.filter(lambda tick: tick.symbol == "BTC").map(lambda tick: tick.price)
        highs = Consumer(prices.scan(max).distinct_until_changed())
        tape = Consumer(channel)
        async with asyncio.TaskGroup() as tasks:
            all_highs = tasks.create_task(read(highs))
            all_ticks = tasks.create_task(read(tape))
            for tick in ticks:
                await channel.send(tick)
            await channel.stop()
    return Result(all_highs.result(), all_ticks.result())


# %% [markdown]
# All three come to the same.

# %%
results = [await with_queues(TICKS), await with_rx(TICKS), await with_channels(TICKS)]
print("the same:", results[0] == results[1] == results[2])
print(f"{len(results[0].ticks):,} ticks, highs {results[0].highs}")

# %% [markdown]
# ## With the legacy Async-Channel
#
# Consumers are async callbacks, which get the keys of a dictionary as keyword arguments; there are no operators.
# What is pending when a channel stops is lost, so the program waits for its queues. The library has the import name of
# this one, so it can't be imported beside it: this is its program as a text, to be run in a process of its own.

# %%
LEGACY_PROGRAM = """
import asyncio, json, sys, time
from async_channel import Consumer, Producer
from async_channel.channels import Channel


class TickChannel(Channel):
    PRODUCER_CLASS = Producer
    CONSUMER_CLASS = Consumer


async def with_legacy(ticks):
    highs, tape = [], []

    async def see_high(symbol, price):
        if symbol == "BTC" and price > (highs[-1] if highs else 0.0):
            highs.append(price)

    async def see_tick(symbol, price):
        tape.append((symbol, price))

    channel = TickChannel()
    await channel.new_consumer(see_high, size=1024)
    await channel.new_consumer(see_tick, size=1024)
    producer = Producer(channel)
    await producer.run()
    for symbol, price in ticks:
        await producer.send({"symbol": symbol, "price": price})
    await producer.wait_for_processing()
    await channel.stop()
    return highs, tape


ticks = json.load(sys.stdin)
times = []
for _ in range(3):
    begun = time.perf_counter()
    highs, tape = asyncio.run(with_legacy(ticks))
    times.append(time.perf_counter() - begun)
print(json.dumps({"highs": highs, "ticks": len(tape), "seconds": min(times)}))
"""

# %% [markdown]
# `make bench` installs it in a folder apart. Where it has not been run, this cell says so, and below are one bar and
# one row less.

# %% tags=["varies"]
LEGACY = Path.cwd().resolve().parents[1] / ".bench-legacy"


def run_legacy(ticks: Sequence[Tick]) -> dict[str, float] | None:
    """How long it took (seconds), and how much it saw; None where it is not installed."""
    if not (LEGACY / "async_channel").is_dir():
        return None
    program = f"import sys; sys.path.insert(0, {str(LEGACY)!r})\n{LEGACY_PROGRAM}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program],
        input=json.dumps([(tick.symbol, tick.price) for tick in ticks]),
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


legacy = run_legacy(TICKS)
if legacy is None:
    print("not installed here: `make bench` does it")
else:
    print(f"{legacy['ticks']:,} ticks, highs {legacy['highs']}")

# %% [markdown]
# ## How long each takes
#
# The shortest of three runs of each, over 20,000 ticks and two readers, as they stand above, on the machine that
# executed this notebook last. RxPY calls its readers in place: nothing waits in a queue, no task wakes up, and nobody
# can wait; the others hand over to tasks.


# %% tags=["varies"]
async def shortest(program: Callable[[Sequence[Tick]], Awaitable[Result]]) -> float:
    times: list[float] = []
    for _ in range(3):
        begun = time.perf_counter()
        await program(TICKS)
        times.append(time.perf_counter() - begun)
    return min(times)


seconds = {
    "asyncio.Queue": await shortest(with_queues),
    "RxPY": await shortest(with_rx),
    "typed channels": await shortest(with_channels),
}
if legacy is not None:
    seconds["Async-Channel 2.2.2"] = legacy["seconds"]

Bars(
    {name: took / len(TICKS) * 1e6 for name, took in sorted(seconds.items(), key=lambda row: row[1])},
    title="Time for a tick to reach both readers",
    show="{:.2f} µs".format,
    first="typed channels",
)

# %% [markdown]
# One small program on one machine says little. `make bench` measures these and others in one run, with more work of
# more kinds; [its last figures](../../benchmarks/results/latest.svg) are in the repository, and these are some of them:
# the time for an event to reach one of so many readers.

# %% tags=["varies"]
figures = json.loads(Path.cwd().resolve().parents[1].joinpath("benchmarks/results/latest.json").read_text("utf-8"))
NAMES = ("async_channel", "asyncio.Queue each", "Async-Channel 2.2.2")
print(f"{figures['date']}, {figures['python']}")
for work in figures["workloads"]:
    if work["family"] == "fan-out/async-for":
        row = (f"{name}: {work['median'][name]['ns']:,.0f} ns" for name in NAMES if name in work["median"])
        print(f"{work['consumers']:>3} readers  {'   '.join(row)}")

# %% [markdown]
# ## If a reader fails
#
# The third tick is one too many for one of two readers. With queues, its task ends, and who sends to it waits for ever
# once its queue is full: here a timeout tells. (In a `TaskGroup`, as above, all would be cancelled.)


# %%
def fragile(seen: list[int]) -> Callable[[int], None]:
    def see(number: int) -> None:
        if number == 2:
            raise ValueError(number)
        seen.append(number)

    return see


async def queues_that_fail() -> None:
    queues = [asyncio.Queue[int](2), asyncio.Queue[int](2)]
    lists: list[list[int]] = [[], []]
    functions: list[Callable[[int], None]] = [fragile(lists[0]), lists[1].append]

    async def serve(queue: asyncio.Queue[int], function: Callable[[int], None]) -> None:
        while True:
            function(await queue.get())

    tasks = [asyncio.create_task(serve(*one)) for one in zip(queues, functions, strict=True)]
    sent = 0
    try:
        async with asyncio.timeout(0.1):
            for number in range(8):
                for queue in queues:
                    await queue.put(number)
                sent += 1
    except TimeoutError:
        print(f"the sender waits for ever: {sent} of 8 were sent")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    print(lists)


await queues_that_fail()

# %% [markdown]
# With a `Subject` the error comes to the one who sends, and readers behind the one that fails don't get that event.

# %%
numbers: Subject[int] = Subject()
lists: list[list[int]] = [[], []]
numbers.subscribe(fragile(lists[0]))
numbers.subscribe(lists[1].append)
for number in range(8):
    try:
        numbers.on_next(number)
    except ValueError as error:
        print("the sender gets", repr(error))
print(lists)

# %% [markdown]
# With a channel it is the business of that reader alone: it misses one event, which is told with its error on
# `channel.errors`, in the log, and in the numbers. (The log is silenced here, for its tracebacks.)

# %%
logging.getLogger("async_channel").setLevel(logging.CRITICAL)
lists = [[], []]
async with Channel(int, "Numbers") as channel:
    failures = Consumer(channel.errors)
    channel.consume(fragile(lists[0]), name="fragile")
    channel.consume(lists[1].append, name="sound")
    await channel.send_many(range(8))
print(lists)
async for failure in failures:
    print(failure.consumer, failure.event, repr(failure.error))

# %% [markdown]
# ## What each has
#
# | | asyncio.Queue | RxPY | Async-Channel 2.2.2 | typed channels |
# |---|---|---|---|---|
# | several readers | a queue for each, by hand | yes | yes | yes |
# | operators | - | yes | - | yes, and all of RxPY's |
# | a slow reader makes the sender wait | yes | - | with a size | yes, or loses what it chooses to |
# | readers that await | yes | - | yes | yes |
# | the end reaches the readers | by hand | yes | - | yes |
# | a reader's error | ends its task | reaches the sender | is logged | is reported, and can be tried again |
# | types to the last lambda | of the queue | of functions | - | yes |

# %% [markdown]
# ## Where next
#
# - From Async-Channel: [each of its calls, and what it becomes](../../docs/coming-from-async-channel.md).
# - From RxPY: [the operators](../../docs/operators.md), each with its marbles.
# - [First channel](01-first-channel.ipynb), if you have not been there.
