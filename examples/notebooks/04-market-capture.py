# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
# ---

# %% [markdown]
# # A market, live and as a back-test
#
# What you will see: a recorded market goes through typed channels, from order messages to a book, to best prices, to
# candles, to a signal, to orders. You see the graph of it, the marbles of a run, and a chart. Then the same lines run
# live, at 60 times the speed, and as an exact back-test that makes the same calls each time.
#
# The events, the book and the reader of the files are those of the example in
# [examples/market.py](../market.py); `make setup` brings the recording. `use_clock()` gives the notebook virtual time:
# it stands still while there is something to do, and then jumps to what is next.

# %%
import dataclasses
import hashlib
import math
import time
from collections.abc import Sequence
from typing import Any, TypeVar

from async_channel import Channel, ChannelKey, Channels, Stream, clock, event
from async_channel.notebook import use_clock
from async_channel.recording import Recording, record
from async_channel.replay import replay
from examples.backtest import rows
from examples.charts import Arrows, Candles, Chart, Line
from examples.market import BEST_PRICES, DATA, ORDERS
from examples.market_book import Book
from examples.market_data import Capture, read_capture
from examples.market_events import BestPrice, Side
from examples.market_stages import windows

T = TypeVar("T")

use_clock()

# %% [markdown]
# ## What was recorded
#
# Half an hour of BTC/USD at one exchange. Before the first live message stands a snapshot of the orders that rested in
# the book already.

# %%
capture = read_capture(DATA)
print(f"{len(capture.snapshot):,} orders rested in the book when the recording began")
print(f"{len(capture.live):,} messages came in {capture.seconds / 60:.0f} minutes")
capture.live[0]


# %% [markdown]
# `rows(capture)` gives all messages in the one order in which they were recorded, and a `Recording` of them can be
# replayed into channels. The snapshot is state, so it is sent at once; what is live comes at its time by the clock of
# the event loop. The whole notebook takes the first minutes alone.


# %%
def part(minutes: float) -> Capture:
    """The beginning of the capture."""
    end = capture.start + 60 * minutes
    return dataclasses.replace(
        capture, live=[order for order in capture.live if order.received < end], closing=[], trades=[]
    )


async def play(part: Capture, channels: Channels) -> None:
    """Send what was recorded, each message at its time."""
    live = dataclasses.replace(part, snapshot=[])
    await replay(Recording([ORDERS], [(ORDERS.name, 0.0, order) for order in part.snapshot]), channels, speed=math.inf)
    await replay(Recording([ORDERS], rows(live)), channels, origin=capture.start)


# %% [markdown]
# ## From messages to orders
#
# Three kinds of events are ours. A candle here is ten seconds of the mid price; the signal says whether to hold a
# bitcoin; an order says what that costs at the best price there is.


# %%
@event
class PriceCandle:
    open: float
    high: float
    low: float
    close: float
    start: float


@event
class Signal:
    hold: bool
    time: float


@event
class Order:
    side: Side
    price: float
    time: float


CANDLES = ChannelKey("Candle", PriceCandle)
SIGNALS = ChannelKey("Signal", Signal)
OUR_ORDERS = ChannelKey("Order", Order)
SECONDS = 10.0

# %% [markdown]
# Each step is a small function, or a few operators. That they fit together is checked before anything runs: `windows`
# of best prices gives lists of best prices, and nothing else can go to `to_candle`.


# %%
def to_candle(quotes: Sequence[BestPrice]) -> PriceCandle:
    mids = [quote.mid for quote in quotes]
    return PriceCandle(mids[0], max(mids), min(mids), mids[-1], quotes[0].time // SECONDS * SECONDS)


def to_signal(candles: Sequence[PriceCandle]) -> Signal:
    """Hold while the last price is above the average."""
    last = candles[-1]
    return Signal(last.close > sum(candle.close for candle in candles) / len(candles), last.start + SECONDS)


def to_order(signal: Signal, quote: BestPrice) -> Order:
    """Buy at the best ask, sell at the best bid."""
    return Order("bid" if signal.hold else "ask", quote.ask if signal.hold else quote.bid, quote.time)


def signals_of(candles: Stream[PriceCandle], count: int) -> Stream[Signal]:
    """Only what changes, and no sale of what was never bought."""
    wanted = candles.buffer(count=count, skip=1).filter(lambda last: len(last) == count).map(to_signal)
    return wanted.distinct_until_changed(lambda signal: signal.hold).skip_while(lambda signal: not signal.hold)


# %% [markdown]
# This is the whole program. It knows nothing of how time passes, nor of where messages come from.


# %%
def trade(channels: Channels, count: int = 6) -> None:
    """From order messages to our orders; the average is over so many candles."""
    messages, quotes = channels.open(ORDERS), channels.open(BEST_PRICES)
    candles, signals, orders = channels.open(CANDLES), channels.open(SIGNALS), channels.open(OUR_ORDERS)
    book = Book()

    messages.map(book.apply).of_type(BestPrice).consume(quotes.send, name="book")
    windows(quotes, SECONDS, lambda quote: quote.time).map(to_candle).consume(candles.send, name="candles")
    signals_of(candles, count).consume(signals.send, name="strategy")
    signals.with_latest_from(quotes).starmap(to_order).consume(orders.send, name="desk")


def followed(channels: Channels) -> list[Channel[Any]]:
    """The channels whose events we look at."""
    return [channels.open(BEST_PRICES), channels.open(CANDLES), channels.open(SIGNALS), channels.open(OUR_ORDERS)]


async def end(channels: Channels) -> None:
    """Stop from the first channel to the last, so that what comes of the last event of each finds the next one open."""
    for channel in (channels.open(ORDERS), *followed(channels)):
        await channel.stop()


# %% [markdown]
# ## Five minutes at once
#
# Five minutes of market take as long as their events take, and show the same each time. `record` listens to four of the
# channels.

# %%
five = part(minutes=5)
begun = clock.now()

async with Channels() as channels:
    trade(channels)
    async with record(*followed(channels)) as tape:
        await play(five, channels)
        graph = channels.graph()
        await end(channels)
stats = channels.stats()
print(f"{clock.now() - begun:.0f} seconds passed on the clock")
for channel in stats:
    print(f"{channel.sent:>7,} {channel.name}, {'balanced' if channel.balanced else 'NOT BALANCED'}")

# %% [markdown]
# What was connected to what, asked at the end of the run, while the channels were open. Blue boxes are channels, round
# ones operators; the others are callbacks, each of which sends to the next channel.

# %%
graph

# %% [markdown]
# What happened when. Best prices come by the thousands: bars count them. Candles come with the first price of the next
# ten seconds, and what follows from them at the same moment. Rest the pointer on anything.

# %%
tape

# %% [markdown]
# A tape is also data: `tape.events(key)` has the events of a channel with their times, typed. From those a chart.


# %%
def events_of(tape: Recording, key: ChannelKey[T]) -> list[T]:
    return [event for _, event in tape.events(key)]


def chart(tape: Recording, title: str) -> Chart:
    """Prices, candles and orders of a run."""
    quotes, candles = events_of(tape, BEST_PRICES), events_of(tape, CANDLES)
    orders = events_of(tape, OUR_ORDERS)
    return Chart(
        Line("best ask", [(quote.time, quote.ask) for quote in quotes], "two"),
        Line("best bid", [(quote.time, quote.bid) for quote in quotes], "one"),
        Candles("10 s of the mid price", [(c.start, c.open, c.high, c.low, c.close) for c in candles], SECONDS),
        Arrows("bought", [(order.time, order.price) for order in orders if order.side == "bid"], "up"),
        Arrows("sold", [(order.time, order.price) for order in orders if order.side == "ask"], "down"),
        title=title,
        unit="USD",
        start=capture.start,
    )


chart(tape, "BTC/USD, five minutes")


# %% [markdown]
# ## The same code, live
#
# A clock with a `speed` of 1 is real time. Such a clock is for the cells after the one that asks for it.

# %%
use_clock(speed=1)

# %% [markdown]
# For one second the market goes on as it did that day; the same `trade` and the same `play` run, word for word. How
# long a machine takes for a cell is its own business, so what this one shows differs a little each time.


# %% tags=["varies"]
async def run(part: Capture) -> Recording:
    async with Channels() as channels:
        trade(channels)
        async with record(*followed(channels)) as tape:
            await play(part, channels)
            await end(channels)
    return tape


def told(tape: Recording, minutes: float, seconds: float) -> str:
    """What came of a run, and how long it took."""
    quotes, candles = len(events_of(tape, BEST_PRICES)), len(events_of(tape, CANDLES))
    return f"{60 * minutes:.0f} s of market in {seconds:.2f} s: {quotes:,} best prices, {candles} candles"


started = time.perf_counter()
live = await run(part(minutes=1 / 60))
print(told(live, 1 / 60, time.perf_counter() - started))

# %% [markdown]
# ## ... at 60 times the speed
#
# Half a minute in half a second: real tasks with real waits, as they behave under the load of a wild day.

# %%
use_clock(speed=60)

# %% [markdown]
# And the same run again.

# %% tags=["varies"]
started = time.perf_counter()
fast = await run(part(minutes=0.5))
print(told(fast, 0.5, time.perf_counter() - started))

# %% [markdown]
# What the clock does is no business of the pipeline: candles are cut by the time that messages tell. So the prices and
# the candles are those of the virtual run, one by one, as far as each run went. (Its last candle is cut short.)


# %%
def is_beginning(shorter: Recording) -> bool:
    """Whether it went as the virtual run began."""
    quotes, candles = events_of(shorter, BEST_PRICES), events_of(shorter, CANDLES)[:-1]
    return quotes == events_of(tape, BEST_PRICES)[: len(quotes)] and candles == events_of(tape, CANDLES)[: len(candles)]


print("live:", "the same" if is_beginning(live) else "ANOTHER")
print("60x: ", "the same" if is_beginning(fast) else "ANOTHER")

# %% [markdown]
# ## ... and as an exact back-test
#
# Between tasks there is an order that nobody wrote down: whether the desk sees the price before or after the signal. A
# back-test must not depend on it. `Channels(synchronized=True)` have no tasks: after each message all that follows
# from it is done, in an order that the messages alone decide, before the next one is sent.

# %%
use_clock()


# %% [markdown]
# Two runs are the same calls in the same order. The fingerprint is over every event of every channel.


# %%
async def back_test(part: Capture, count: int = 6) -> Recording:
    async with Channels(synchronized=True) as channels:
        trade(channels, count)
        async with record(*followed(channels)) as tape:
            await play(part, channels)
            await end(channels)
    return tape


def fingerprint(tape: Recording) -> str:
    return hashlib.sha256("\n".join(f"{name} {event!r}" for name, _, event in tape).encode()).hexdigest()[:16]


first, second = await back_test(five), await back_test(five)
print(f"{len(list(first)):,} events, fingerprint {fingerprint(first)}")
print(f"{len(list(second)):,} events, fingerprint {fingerprint(second)}")
print(
    "the orders of the run with tasks:",
    "the same" if events_of(tape, OUR_ORDERS) == events_of(first, OUR_ORDERS) else "others",
)


# %% [markdown]
# That makes it fit for a question such as: over how many candles should the average be? (Five minutes prove nothing.
# [examples/backtest.py](../backtest.py) has the whole half-hour, and a broker.)


# %%
def earned(tape: Recording) -> float:
    """In dollars for one bitcoin, before fees; what is still held counts at the last bid."""
    orders = events_of(tape, OUR_ORDERS)
    cash = sum(-order.price if order.side == "bid" else order.price for order in orders)
    *_, last = (quote.bid for quote in events_of(tape, BEST_PRICES))
    return cash + (last if len(orders) % 2 else 0.0)


runs = {3: await back_test(five, 3), 6: first, 12: await back_test(five, 12)}
for count, one in runs.items():
    print(f"{count:>2} candles: {len(events_of(one, OUR_ORDERS)):>2} orders, {earned(one):>7.2f} USD")

# %% [markdown]
# The one that traded most: a nervous average buys high and sells low.

# %%
chart(runs[3], "The average over 3 candles")

# %% [markdown]
# ## Where next
#
# - [examples/market.py](../market.py) is the whole half-hour on a terminal: `make demo`. Ctrl-C ends it well.
# - [docs/recording.md](../../docs/recording.md) records your own channels to a file that a replay takes.
# - [When things go wrong](05-when-things-go-wrong.ipynb): what if the desk can't be reached?
