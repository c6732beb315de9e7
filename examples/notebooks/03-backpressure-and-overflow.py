# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
# ---

# %% [markdown]
# # Backpressure and overflow
#
# Sooner or later somebody reads more slowly than others send. Then either the sender waits, or
# events are lost, or memory fills up. The last never happens here: what may wait for a reader is
# bounded. Which of the other two happens is the reader's choice, and you will see each choice: what
# a slow reader gets, how far it is behind, and the ledger that says where every event is.

# %%
import asyncio

from async_channel import Channel, ChannelFull, Consumer, ConsumerLagged, Overflow, clock, conflate_by
from async_channel.notebook import use_clock
from async_channel.recording import record
from examples.plots import plot

use_clock()

# %% [markdown]
# ## The sender waits
#
# A producer has a number each second. A worker takes two and a half seconds for each, and three may
# wait for it. `BLOCK` is what a consumer does unless it is told otherwise: nothing is lost, and
# `send` waits for room. The upper lane is what was sent, the lower one what the worker has taken in
# hand.


# %%
async def produce(numbers: Channel[int], count: int) -> None:
    for number in range(1, count + 1):
        await numbers.send(number)
        await asyncio.sleep(1.0)


async def work(mine: Consumer[int], taken: Channel[int]) -> None:
    async for number in mine:
        await taken.send(number)
        await asyncio.sleep(2.5)
    await taken.stop()


lags: dict[str, list[tuple[float, float]]] = {}


async def look_at(*readers: Consumer[int]) -> None:
    begun = clock.now()
    await asyncio.sleep(0.125)  # between the moments at which something happens
    while True:
        for reader in readers:
            lags.setdefault(reader.name, []).append((clock.now() - begun, reader.stats().pending))
        await asyncio.sleep(0.25)


numbers, taken = Channel(int, "sent"), Channel(int, "taken")
worker = Consumer(numbers, capacity=3, name="block")

async with record(numbers, taken) as tape:
    looking = asyncio.create_task(look_at(worker))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(work(worker, taken))
        await produce(numbers, 10)
        await numbers.stop()
    looking.cancel()
tape

# %% [markdown]
# Six numbers go out, one a second: two are done, one is in work and three wait. From then on the
# producer has the worker's pace. It did nothing for that but `await`. How often it had to wait, and
# how far behind the worker was at most, stands in the statistics.

# %%
stats = numbers.stats()
print(f"{stats.sent} sent, {stats.waits} times the sender waited, at most {stats.lag_peak} were pending")

# %% [markdown]
# The same holds through operators: a slow consumer of a pipeline holds back whoever sends to the
# channels that the pipeline hangs from. Here it is at the far end of a `filter` and a `map`, and
# reads nothing at all.

# %%
readings = Channel(int, "readings")
async with Consumer(readings.filter(lambda number: number > 0).map(str), capacity=2, name="far end"):
    try:
        async with asyncio.timeout(60.0):
            for number in range(10):
                await readings.send(number)
    except TimeoutError:
        print("in a minute", readings.stats().sent, "were sent: 0 was filtered out, and 1 and 2 wait")

# %% [markdown]
# Code that cannot wait uses `send_nowait`. It says so when there is no room, and then nobody has
# got the event.

# %%
readings = Channel(int, "readings")
async with Consumer(readings, capacity=1, name="far end"):
    readings.send_nowait(1)
    try:
        readings.send_nowait(2)
    except ChannelFull as full:
        print(full)

# %% [markdown]
# ## Events are lost, on purpose
#
# A screen need not show each price. A consumer may choose to lose events, and then it never slows
# anybody down. Here one channel has six readers: one keeps up, five are as slow as the worker above
# and differ in what they do when three events wait.
#
# - `DROP_OLDEST` loses the oldest of those that wait: it shows recent numbers, some time late.
# - `DROP_NEWEST` loses what comes: it shows old numbers.
# - `LATEST` keeps the newest one only: whatever it shows was true a moment ago.
# - `conflate_by` keeps the newest of each key. Odd and even numbers stand for two symbols.
# - `FAIL` loses the oldest too, but the next read raises `ConsumerLagged`: for who must know.


# %%
async def read(mine: Consumer[int], taken: Channel[int], pause: float) -> None:
    while True:
        try:
            async for number in mine:
                await taken.send(number)
                await asyncio.sleep(pause)
        except ConsumerLagged as lagged:
            print(f"{clock.now() - begun:4.1f} s: {lagged.missed} missed by {mine.name!r}")
        else:
            return


numbers = Channel(int, "sent")
readers = [
    Consumer(numbers, capacity=3, name="keeps up"),
    Consumer(numbers, capacity=3, overflow=Overflow.DROP_OLDEST, name="drop oldest"),
    Consumer(numbers, capacity=3, overflow=Overflow.DROP_NEWEST, name="drop newest"),
    Consumer(numbers, capacity=3, overflow=Overflow.LATEST, name="latest"),
    Consumer(numbers, capacity=3, overflow=conflate_by(lambda number: number % 2), name="conflate by"),
    Consumer(numbers, capacity=3, overflow=Overflow.FAIL, name="fail"),
]

begun = clock.now()
lanes = [Channel(int, reader.name) for reader in readers]
async with record(numbers, lanes) as tape:
    looking = asyncio.create_task(look_at(*readers))
    async with asyncio.TaskGroup() as tasks:
        for reader, lane in zip(readers, lanes, strict=True):
            tasks.create_task(read(reader, lane, pause=0.0 if reader.name == "keeps up" else 2.5))
        await produce(numbers, 18)
        picture = numbers.graph()
        await numbers.stop()
    looking.cancel()
tape

# %% [markdown]
# Nobody waited: a number went out each second, and the reader that keeps up had it at once. Compare
# what the others showed in the end, and how long it took them after the eighteenth second.

# %% [markdown]
# ## The lag, plotted
#
# How many events waited for each reader, looked at four times a second; `block` is the worker of
# the first run. None is ever behind by more than its capacity.

# %%
plot(*({name: points} for name, points in lags.items()), steps=True, height=40.0, values=(0, 3))

# %% [markdown]
# ## The ledger
#
# Of each event that was sent to it a consumer knows where it is: delivered, dropped, filtered, or
# pending. At every moment the four add up to what was sent, so nothing is ever lost without being
# counted.

# %%
print(f"{'':12} {'sent':>5} {'delivered':>9} {'dropped':>8} {'filtered':>8} {'pending':>8}   adds up")
for reader in readers:
    row = reader.stats()
    counts = f"{row.sent:5} {row.delivered:9} {row.dropped:8} {row.filtered:8} {row.pending:8}"
    print(f"{row.name:12} {counts}   {row.balanced}")

# %% [markdown]
# While it runs the same is seen in the program's graph. This one was taken after the last number
# was sent: who is behind is yellow or red, and so is what it has lost.

# %%
picture

# %% [markdown]
# ## Which one?
#
# | who reads | wants | policy |
# |---|---|---|
# | an order, a payment, a file | each event, even late | `BLOCK`, the default |
# | a price on a screen | the newest | `LATEST` |
# | a board of many prices | the newest of each | `conflate_by` |
# | a chart of the last minute | the most recent ones | `DROP_OLDEST` |
# | a copy that must be complete, or say that it is not | to know | `FAIL` |

# %% [markdown]
# ## Where next
#
# - [When things go wrong](05-when-things-go-wrong.ipynb): failures, retries, and what is left over.
# - [Testing your pipeline](06-testing-your-pipeline.ipynb): a slow consumer in a test, without
#   waiting for it.
# - The [guide](../../docs/guide.md#when-a-consumer-is-slow) has this in short.
