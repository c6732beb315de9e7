# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
# ---

# %% [markdown]
# # First channel
#
# A channel carries events from those who send them to those who read them. Here you will see one
# made, sent to and read from; what happens when there are several readers, or none; a picture of a
# whole program; and what mypy says of a program that mixes its events up.
#
# Every cell was run as it stands. In a notebook a cell may `await`; in a program the same lines
# stand in an `async def main()`, and `asyncio.run(main())` runs them.

# %% [markdown]
# ## An event
#
# `@event` makes a frozen dataclass. Who gets an event may keep it: nobody changes it behind
# anybody's back.

# %%
from async_channel import Channel, ChannelKey, Channels, Consumer, Producer, event


@event
class Ticker:
    symbol: str
    price: float


Ticker("BTC/USDT", 64_000.0)

# %% [markdown]
# ## A channel, a producer, a consumer
#
# `Channel(Ticker)` is a `Channel[Ticker]` to a type checker, and its name is that of the class. A
# producer can only send to it, a consumer can only read from it: hand out what each part of a
# program needs.

# %%
tickers = Channel(Ticker)
producer = Producer(tickers)
consumer = Consumer(tickers)

await producer.send(Ticker("BTC/USDT", 64_000.0))
await consumer.get()

# %% [markdown]
# `send_many` sends one after another. `stop` says that no more will come: what is pending can still
# be read, and then `async for` ends by itself.

# %%
await producer.send_many(Ticker("BTC/USDT", price) for price in (64_010.0, 64_005.0, 63_990.0))
await tickers.stop()

async for ticker in consumer:
    print(ticker)

# %% [markdown]
# After that there is nothing to read, and an error says so. Each error of the library says what
# happened, to which channel, and what to do.

# %%
from async_channel import ChannelClosed

try:
    await consumer.get()
except ChannelClosed as closed:
    print(closed)

# %% [markdown]
# ## Several readers
#
# Each consumer gets each event, in the same order, however many there are: the event is stored
# once, and a consumer is a position in that store. What they want to read is theirs to say:
# `filter` and `map` make a new stream, and any stream can be consumed.

# %%
tickers = Channel(Ticker)
everything = Consumer(tickers)
bitcoin = Consumer(tickers.filter(lambda ticker: ticker.symbol == "BTC/USDT"))
prices = Consumer(tickers.map(lambda ticker: ticker.price))

await tickers.send(Ticker("BTC/USDT", 64_000.0))
await tickers.send(Ticker("ETH/USDT", 3_200.0))
await tickers.send(Ticker("BTC/USDT", 64_010.0))
await tickers.stop()

print("everything:", [ticker.symbol async for ticker in everything])
print("bitcoin:   ", [ticker.price async for ticker in bitcoin])
print("prices:    ", [price async for price in prices])

# %% [markdown]
# ## No reader yet
#
# What is sent before the first consumer comes is kept for it, so it does not matter which part of a
# program starts first.

# %%
tickers = Channel(Ticker)
await tickers.send(Ticker("BTC/USDT", 64_000.0))

late = Consumer(tickers)
await late.get()

# %% [markdown]
# ## Callbacks
#
# `consume` calls a function, or a coroutine function, for each event. It runs in a task of the
# channel's, which has handled everything when `async with` is left.

# %%
async with Channel(Ticker) as tickers:
    tickers.consume(print)
    await tickers.send(Ticker("BTC/USDT", 64_000.0))
    await tickers.send(Ticker("ETH/USDT", 3_200.0))

# %% [markdown]
# ## A program, and its picture
#
# A `ChannelKey` is a name with a class of events. A registry opens each channel once, wherever it
# is asked for. Here tickers become alerts; nobody has to hand the two channels around.

# %%
TICKERS = ChannelKey("Tickers", Ticker)
ALERTS = ChannelKey("Alerts", str)
channels = Channels()


def is_low(ticker: Ticker) -> bool:
    return ticker.price < 63_000.0


def message(ticker: Ticker) -> str:
    return f"{ticker.symbol} at {ticker.price:,.0f}"


def ring(alert: str) -> None:
    print("ALERT:", alert)


channels.open(TICKERS).filter(is_low).map(message).subscribe(channels.open(ALERTS))
channels.open(ALERTS).consume(ring, name="bell")
screen = Consumer(channels.open(TICKERS), name="screen", capacity=8)

for price in (63_500.0, 63_100.0, 62_950.0, 63_200.0):
    await channels.open(TICKERS).send(Ticker("BTC/USDT", price))

# %% [markdown]
# Nobody has read what is on the screen yet. A picture of the program shows that: what is subscribed
# to what, how far each has come, and who is behind.

# %%
channels.graph()

# %% [markdown]
# The same is in `stats()`: of every event a consumer knows where it is. It was delivered, dropped
# or filtered, or it is pending; there is no other place.

# %%
stats = screen.stats()
screen.close()
await channels.stop()

print(stats)
print("it adds up:", stats.sent == stats.delivered + stats.dropped + stats.filtered + stats.pending)

# %% [markdown]
# ## What mypy catches
#
# The class of events is known from the producer to the last lambda, through every operator. Here is
# a program with six mistakes, and what mypy says of it. Nothing of it had to run.

# %%
PROGRAM = """\
from async_channel import Channel, Consumer, Producer, event


@event
class Ticker:
    symbol: str
    price: float


async def main(tickers: Channel[Ticker]) -> None:
    await tickers.send("BTC/USDT 64000")
    tickers.send(Ticker("BTC/USDT", 64_000.0))
    async for price in Consumer(tickers.map(lambda ticker: ticker.price)):
        print(price.upper())
    dear = tickers.filter(lambda ticker: ticker.prise > 64_000.0)
    ticker = await Consumer(dear).get()
    ticker.price += 1.0
    orders: Producer[int] = Producer(tickers)
"""

# %% [markdown]
# A string sent for a `Ticker`; a `send` that nobody awaits; a float used as a string, behind an
# operator; a misspelt name inside a lambda; an event that is changed; a producer of something else.

# %%
from mypy import api

report, _, _ = api.run(["--strict", "--no-color-output", "--config-file=", "-c", PROGRAM])
lines = PROGRAM.splitlines()
for said in report.splitlines()[:-1]:
    _, number, what = said.split(":", 2)
    print(f"{number}: {lines[int(number) - 1].strip()}\n   {what}")

# %% [markdown]
# ## Where next
#
# - [Pipelines](02-pipelines.ipynb): what operators do with events, drawn.
# - [Backpressure and overflow](03-backpressure-and-overflow.ipynb): what happens when a reader is
#   slow.
# - The [guide](../../docs/guide.md) has all of this in short, and
#   [operators.md](../../docs/operators.md) every operator.
