"""Numbers for OpenTelemetry: what `stats()` says and how long callbacks take, as metrics of any meter provider.

It needs the extra ``otel``, which is OpenTelemetry's API, and imports it when `instrument` is called. The metrics have
the attributes ``async_channel.channel.name`` and ``async_channel.consumer.name``:

=====================================  ===============  =============================================================
``async_channel.channel.sent``         counter          events sent through the channel
``async_channel.channel.unseen``       counter          events let go before a first consumer came
``async_channel.channel.backlog``      up-down counter  events kept for a first consumer to come
``async_channel.channel.waits``        counter          how often a sender waited
``async_channel.channel.failures``     counter          what its ``errors`` told of, by ``error.type``
``async_channel.channel.consumers``    up-down counter  consumers that it has now, below its pipelines too
``async_channel.consumer.delivered``   counter          events handed to the consumers of that name
``async_channel.consumer.dropped``     counter          events they lost
``async_channel.consumer.filtered``    counter          events their filters kept from them
``async_channel.consumer.pending``     up-down counter  events that wait for them
``async_channel.consumer.lag_peak``    gauge            the most that ever waited for one that is there now
``async_channel.consumer.waits``       counter          how often they had nothing to read and waited
``async_channel.handler.duration``     histogram        seconds in a callback, with ``error.type`` if it raised
=====================================  ===============  =============================================================

Counters never go down, for consumers that are gone still count. Consumers of one name are counted together, those that
were given none as "unnamed": each name makes series of numbers that are kept, so names ought to be few.
"""

from async_channel.instrument.instrumentation import Instrumentation, instrument

__all__ = ["Instrumentation", "instrument"]
