# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
# ---

# %% [markdown]
# # Probe
# Text.

# %%
import asyncio

from async_channel import Channel, Consumer, clock
from async_channel.notebook import use_clock
from async_channel.recording import record

use_clock()

# %% [markdown]
# Then

# %%
prices = Channel(float, "Prices")
async with record(prices, {"Highs": prices.scan(max)}) as tape:
    for price in (1.0, 2.0, 1.5):
        await prices.send(price)
        print("sent", price, clock.now())
        await asyncio.sleep(60)
tape

# %% [markdown]
# Third

# %%
consumer = Consumer(prices)
prices.send_nowait(4.0)
print(clock.now())
asyncio.get_running_loop()

# %% [markdown]
# Third

# %%
await consumer.get()

# %% [markdown]
# ## Where next
