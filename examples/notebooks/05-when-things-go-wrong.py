# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
# ---

# %% [markdown]
# # When things go wrong
#
# What you will see: a desk that sends orders to an exchange which is not always there. A callback fails, is tried
# again, gives up; what it could not do is kept and sent later; one that is too slow is seen, and loses what it may
# lose; the program stops in good order. Each time: what is told, and where every event went.
#
# Time is virtual, so waiting costs nothing and each run is the same. What fails goes to the logger `async_channel`
# too, with its traceback; in this notebook the first line of it is shown.

# %%
import asyncio
import logging

from async_channel import Channel, Consumer, ConsumersFailed, DeadLetter, OnError, Overflow, clock, event, retry
from async_channel.notebook import use_clock
from async_channel.recording import record


class FirstLine(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        print("log:", record.getMessage())


logging.getLogger("async_channel").addHandler(FirstLine())
use_clock()

# %% [markdown]
# ## An exchange that is away
#
# It takes a tenth of a second to place an order. From the second to the fourth second of each minute there is no way
# to the exchange; and it takes no order of less than 1.


# %%
@event
class Order:
    id: str
    size: int


DAY = [Order("a", 1), Order("b", 0), Order("c", 1), Order("d", 1), Order("e", 1)]


async def place(order: Order) -> None:
    await asyncio.sleep(0.1)
    if order.size < 1:
        raise ValueError(f"an order of {order.size}")
    if 2 <= clock.now() % 60 < 4:
        raise OSError("no route")


async def full_minute() -> None:
    await clock.sleep_until(clock.now() // 60 * 60 + 60)


async def trade(orders: Channel[Order]) -> None:
    """An order a second."""
    for order in DAY:
        await orders.send(order)
        await asyncio.sleep(1)


# %% [markdown]
# ## A callback raises
#
# The next event is its turn; the sender and other consumers notice nothing. What was not done is told on
# `channel.errors` and in the log, with the event. In the picture a triangle is such a report: rest the pointer on it.

# %%
async with Channel(Order, "Orders") as orders, Channel(Order, "Placed") as placed:

    async def desk(order: Order) -> None:
        await place(order)
        await placed.send(order)

    subscription = orders.consume(desk, name="desk")
    await full_minute()
    async with record(orders, placed) as tape:
        await trade(orders)
    stats = subscription.stats()

print(f"desk: {stats.delivered} delivered, {stats.failed} of them failed; balanced: {stats.balanced}")
tape

# %% [markdown]
# ## Try it again, and keep what is in vain
#
# `retry` calls again, here up to four times in all, with half a second between the first two and twice as long each
# time after, and only where it can help: on an `OSError`. Later orders wait meanwhile, so their order stays. What
# fails in the end becomes a dead letter, once.

# %%
async with (
    Channel[DeadLetter[Order]]("Undelivered") as undelivered,
    Channel(Order, "Orders") as orders,
    Channel(Order, "Placed") as placed,
):
    policy = retry(4, backoff=0.5, on=OSError)
    subscription = orders.consume(desk, name="desk", on_error=policy, dead_letters=undelivered)
    letters = Consumer(undelivered)
    await full_minute()
    async with record(orders, placed, {"Undelivered": undelivered.map(lambda letter: letter.event)}) as tape:
        await trade(orders)
        await asyncio.sleep(5)
    kept = [await letters.get() for _ in range(undelivered.stats().sent)]
    letters.close()
    stats = subscription.stats()

print(f"desk: {stats.delivered} delivered, {stats.failed} of them failed; balanced: {stats.balanced}")
for letter in kept:
    print(f"{letter.event} after {letter.attempts}: {letter.error!r}")
tape

# %% [markdown]
# Compare the two pictures: to try order b again is no use; c and d were lost before, and here c is tried until the
# exchange is back, and those behind it wait with it. What is neither placed nor undelivered is nowhere.
#
# A dead letter can be sent again when somebody has put right what was wrong: `await subscription.redeliver(letter)`
# hands it to the same callback in its turn, under the same policy.

# %%
mended: list[Order] = []


async def book(order: Order) -> None:
    if order.size < 1 and not corrected:
        raise ValueError(f"an order of {order.size}")
    mended.append(order)


corrected = False

async with Channel[DeadLetter[Order]]("Undelivered") as undelivered, Channel(Order, "Orders") as orders:
    letters = Consumer(undelivered)
    subscription = orders.consume(book, name="book", dead_letters=undelivered)
    await orders.send_many(DAY)
    letter = await letters.get()
    corrected = True
    print("redelivered:", await subscription.redeliver(letter))
    letters.close()

print("booked:", *(order.id for order in mended))

# %% [markdown]
# ## One that must not go on
#
# A ledger with a gap is worse than none. `OnError.STOP` ends that callback with its first error; who stops the channel
# is given it, in an `ExceptionGroup`. The other callback has handled everything.

# %%
entries: list[str] = []
seen: list[str] = []


def enter(order: Order) -> None:
    if order.size < 1:
        raise ValueError(f"order {order.id} can't be entered")
    entries.append(order.id)


orders = Channel(Order, "Orders")
ledger = orders.consume(enter, name="ledger", on_error=OnError.STOP)
orders.consume(lambda order: seen.append(order.id), name="screen")
try:
    async with orders:
        await orders.send_many(DAY)
except ConsumersFailed as failed:
    print("raised:", *map(repr, failed.exceptions))

print("ledger:", entries, "and", ledger.stats().dropped, "dropped")
print("screen:", seen)

# %% [markdown]
# ## A stage of a pipeline raises
#
# As in Rx, a function in `map` that raises ends its own stream, and no other. The cross is the error; who reads that
# stream gets it after what came before. To go on instead, catch it in the function, or use an async stage with
# `map_async(..., on_error=OnError.LOG)`.


# %%
async def part_of(order: Order) -> float:
    return 60 / order.size


async with Channel(Order, "Orders") as orders:
    streams = {
        "map": orders.map(lambda order: 60 / order.size),
        "map_async": orders.map_async(part_of, on_error=OnError.LOG),
    }
    async with record(orders, streams) as tape:
        await trade(orders)

tape

# %% [markdown]
# ## One that is too slow
#
# Orders come each second, and the archive takes three for each. It may lose the oldest; the desk may not.
# `report_lag` tells when a consumer is behind by that share of its capacity, once until it has caught up: the yellow
# triangle.

# %%
async with Channel(Order, "Orders") as orders:
    archive = Consumer(orders, name="archive", overflow=Overflow.DROP_OLDEST, capacity=4, report_lag=0.7)
    orders.consume(place, name="desk", on_error=retry(4, backoff=0.5, on=OSError))

    async def keep() -> int:
        kept = 0
        async for _ in archive:
            await asyncio.sleep(3)
            kept += 1
        return kept

    keeping = asyncio.create_task(keep())
    await full_minute()
    async with record(orders) as tape:
        for _ in range(3):
            await trade(orders)
    graph = orders.graph()

print("archived:", await keeping)
stats = archive.stats()
print(f"{stats.sent} sent = {stats.delivered} delivered + {stats.dropped} dropped; at most {stats.lag_peak} behind")
tape

# %% [markdown]
# The graph of that moment: who is behind by half of its capacity is yellow, by nine tenths red; what it lost is red.

# %%
graph

# %% [markdown]
# ## To stop in good order
#
# `stop` refuses what is sent from then on, and waits until all callbacks have handled what is pending: that is what
# leaving the `async with` does. With a `timeout` it cuts off what is late, and what it returns says who had how much
# left: nothing is dropped in silence.


# %%
async def slowly(_: Order) -> None:
    await asyncio.sleep(3)


async with Channel(Order, "Orders") as orders:
    patient = orders.consume(place, name="desk")
    late = orders.consume(slowly, name="archive")
    await orders.send_many([Order("a", 1), Order("c", 1), Order("d", 1), Order("e", 1)])
    before = clock.now()
    left = await orders.stop(timeout=7)

print(f"after {clock.now() - before:.0f} s")
for each in left:
    print(f"{each.consumer}: {each.pending} never begun, {each.in_flight} cut off at {each.event}")
print(f"desk:    {patient.stats().delivered} delivered")
print(f"archive: {late.stats().delivered} delivered, {late.stats().failed} of them failed")

# %% [markdown]
# A program that is asked to stop, by Ctrl-C or by SIGTERM from what manages it, does the same with
# `async with stop_on_signal(orders, timeout=30):` around what it does: the body is cancelled, and the channels stop.

# %% [markdown]
# ## Where next
#
# - [docs/when-things-go-wrong.md](../../docs/when-things-go-wrong.md) has each case by its
#   symptom, with a block that runs.
# - [A market, live and as a back-test](04-market-capture.ipynb): an exact back-test is drained, event by event.
# - [Testing your pipeline](06-testing-your-pipeline.ipynb): how to be sure that yours does all that.
