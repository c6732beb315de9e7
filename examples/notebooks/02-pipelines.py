# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
# ---

# %% [markdown]
# # Pipelines
#
# A channel is a stream, and so is whatever an operator makes of one. Here you will see what the
# operators that one needs most do with the same few trades: `filter`, `throttle`, `buffer`,
# `key_by` and `join`, each drawn with what goes in above what comes out. In the end they are one
# pipeline.
#
# The trades take half a minute. Nobody waits for it: `use_clock()` gives the cells of a notebook
# virtual time, which jumps to the next moment at which something happens. It also makes each
# picture the same whenever the notebook is run.

# %%
from async_channel import Channel, Consumer, Stream, event
from async_channel.notebook import use_clock
from async_channel.recording import record
from async_channel.replay import replay

use_clock()

# %% [markdown]
# ## What goes in
#
# Ten trades of two symbols, with their times in seconds. `replay` sends each at its time, and
# `record` listens in. Of what it has heard a notebook shows a marble diagram: time runs to the
# right, a marble is an event, and the bar at the end says that the stream has completed. Rest the
# pointer on a marble to read all of it.


# %%
@event
class Trade:
    symbol: str
    price: int


DAY = [
    (0.0, Trade("BTC", 64)),
    (2.0, Trade("ETH", 32)),
    (4.0, Trade("BTC", 65)),
    (5.5, Trade("BTC", 67)),
    (9.0, Trade("ETH", 33)),
    (13.0, Trade("BTC", 66)),
    (16.0, Trade("ETH", 31)),
    (20.0, Trade("BTC", 63)),
    (22.0, Trade("BTC", 62)),
    (26.0, Trade("ETH", 34)),
]

trades = Channel(Trade, "trades")
async with record(trades) as tape:
    await replay(trades, DAY)
    await trades.stop()
tape

# %% [markdown]
# ## filter: only some
#
# A pipeline is described before there are any events, and it does nothing until somebody wants what
# comes out: a consumer, a callback, or the recording here, which listens to both ends of it.

# %%
trades = Channel(Trade, "trades")
bitcoin = trades.filter(lambda trade: trade.symbol == "BTC").map(lambda trade: trade.price)

async with record(trades, {"BTC prices": bitcoin}) as tape:
    await replay(trades, DAY)
    await trades.stop()
tape

# %% [markdown]
# Pipelines are best written as functions of the streams they read: then one function works live, in
# a test and here. This one gives a `Stream[int]`, which mypy checks: it would refuse `trade.prise`
# in the lambda.


# %%
def prices(trades: Stream[Trade]) -> Stream[int]:
    return trades.filter(lambda trade: trade.symbol == "BTC").map(lambda trade: trade.price)


# %% [markdown]
# ## throttle: not too often
#
# `throttle(5.0)` lets an event through, and then none for five seconds. `debounce(3.0)` waits until
# none has come for three seconds, and `sample(5.0)` looks every five seconds: three answers to "too
# many events". Which one is right? Look at which marbles are missing, and at how late the others
# come. (The end of `sample` comes with its next look, after the recording.)

# %%
trades = Channel(Trade, "trades")
btc = prices(trades)

thinned = {"throttle": btc.throttle(5.0), "debounce": btc.debounce(3.0), "sample": btc.sample(5.0)}
async with record({"BTC": btc, **thinned}) as tape:
    await replay(trades, DAY)
    await trades.stop()
tape

# %% [markdown]
# ## buffer: several as one
#
# By number or by time. An event of the new stream is a list.

# %%
trades = Channel(Trade, "trades")
btc = prices(trades)

async with record({"BTC": btc, "count=2": btc.buffer(count=2), "seconds=10": btc.buffer(seconds=10.0)}) as tape:
    await replay(trades, DAY)
    await trades.stop()
tape

# %% [markdown]
# ## key_by: one of each
#
# `key_by` tells events apart. `by_symbol["ETH"]` is the stream of one key; `each` builds a pipeline
# for every key that comes, with a state of its own. Here: by how much the price of each symbol has
# changed since its last trade.


# %%
def changes(symbol: str, trades: Stream[Trade]) -> Stream[str]:
    pairs = trades.map(lambda trade: trade.price).pairwise()
    return pairs.starmap(lambda before, now: f"{symbol} {now - before:+}")


trades = Channel(Trade, "trades")
by_symbol = trades.key_by(lambda trade: trade.symbol)

async with record(trades, {"ETH": by_symbol["ETH"], "changes": by_symbol.each(changes)}) as tape:
    await replay(trades, DAY)
    await trades.stop()
tape

# %% [markdown]
# ## join: two that belong together
#
# `join` pairs the events of two streams that have the same key and come within a time of each
# other. An order and its fill have the same number; a fill that takes longer than six seconds finds
# nobody.


# %%
@event
class Order:
    number: int


@event
class Fill:
    number: int


orders, fills = Channel(Order, "orders"), Channel(Fill, "fills")
filled = orders.join(fills, on=lambda one: one.number, within=6.0)

async with record(orders, fills, {"filled": filled.starmap(lambda order, _: order.number)}) as tape:
    await replay(orders, [(0.0, Order(1)), (2.0, Order(2)), (4.0, Order(3))])
    await replay(fills, [(4.0, Fill(2)), (6.0, Fill(3)), (12.0, Fill(1))])
    await orders.stop()
    await fills.stop()
tape

# %% [markdown]
# ## All in one
#
# A candle of each symbol every ten seconds, and a line for those in which the price has moved. The
# pipeline reads the trades as they come; `moved` has no loop, no queue and no state that anybody
# would have to reset.


# %%
@event
class Candle:
    symbol: str
    low: int
    high: int


def candles(symbol: str, trades: Stream[Trade]) -> Stream[Candle]:
    spans = trades.map(lambda trade: trade.price).buffer(seconds=10.0).filter(bool)
    return spans.map(lambda prices: Candle(symbol, min(prices), max(prices)))


def moved(trades: Stream[Trade]) -> Stream[Candle]:
    return trades.key_by(lambda trade: trade.symbol).each(candles).filter(lambda candle: candle.high > candle.low)


trades = Channel(Trade, "trades")
screen = Consumer(moved(trades), name="screen", capacity=16)

async with record(trades, {"moved": moved(trades)}) as tape:
    await replay(trades, DAY)
    await trades.stop()
tape

# %% [markdown]
# The consumer got the same. Until it reads, its events wait for it; when sixteen do, senders wait.

# %%
[str(candle) async for candle in screen]

# %% [markdown]
# And this is what stands behind it, while it runs: `graph()` shows what is subscribed to what, by
# name, with the types that are known and with how far each has come.

# %%
trades = Channel(Trade, "trades")
async with Consumer(moved(trades), name="screen", capacity=16):
    await replay(trades, DAY[:5])
    picture = trades.graph()
picture

# %% [markdown]
# ## Where next
#
# - [Backpressure and overflow](03-backpressure-and-overflow.ipynb): what happens when the screen is
#   slow.
# - [Testing your pipeline](06-testing-your-pipeline.ipynb): the same drawings as tests.
# - [operators.md](../../docs/operators.md) has all operators by what one wants to do, each with its
#   marble; and [pictures.md](../../docs/pictures.md) has more about recordings and graphs.
