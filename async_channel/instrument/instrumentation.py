"""Instrumentation: the way to OpenTelemetry, which is imported only when it is gone."""

from __future__ import annotations

import importlib.util
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from async_channel.channels.channel import Channel
from async_channel.channels.scopes import Scope
from async_channel.instrument.hub import Hub, Source
from async_channel.util import check

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider


class Instrumentation:
    """What `instrument` returns: as long as it is open, the numbers go on. It is a context manager."""

    def __init__(self, hub: Hub, source: Source) -> None:
        self._hub = hub
        self._source = source
        self._closed = False

    def close(self) -> None:
        """Measure no more. What was counted is still exported, as it was. Closing twice does nothing more."""
        if not self._closed:
            self._closed = True
            self._hub.leave(self._source)

    def __enter__(self) -> Self:
        """Itself; leaving the block closes it."""
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()


def instrument(
    channels: Channel[Any] | Scope, *, meter_provider: MeterProvider | None = None, handler_time: bool = True
) -> Instrumentation:
    """Export the numbers of a channel, or of all channels of a scope, to OpenTelemetry.

    They are read when somebody collects them. Channels that are opened in it later are included.

    >>> import asyncio
    >>> from async_channel import Channel
    >>> from opentelemetry.sdk.metrics import MeterProvider
    >>> from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    >>> reader = InMemoryMetricReader()
    >>> provider = MeterProvider([reader])
    >>> async def main() -> None:
    ...     async with Channel[int]("Numbers") as numbers:
    ...         with instrument(numbers, meter_provider=provider):
    ...             await numbers.send_many(range(5))
    >>> asyncio.run(main())
    >>> [metrics] = reader.get_metrics_data().resource_metrics[0].scope_metrics
    >>> {metric.name: [point.value for point in metric.data.data_points] for metric in metrics.metrics}
    {'async_channel.channel.sent': [5], ...}

    Args:
        channels: a Channel, or a registry of them.
        meter_provider: where the numbers go; by default to OpenTelemetry's global one.
        handler_time: whether to measure how long callbacks take, too: with OpenTelemetry's SDK this costs some
            microseconds an event, where all else costs nothing until it is collected.

    Raises:
        TypeError: an argument is of another type.
        ModuleNotFoundError: OpenTelemetry is not installed.
    """
    if not isinstance(channels, Channel | Scope):
        raise TypeError(f"instrument() takes a Channel, a Scope or Channels, got {channels!r}")
    check.require_bool("instrument", "handler_time", handler_time)
    if importlib.util.find_spec("opentelemetry") is None:
        raise ModuleNotFoundError(
            "instrument() needs OpenTelemetry: pip install 'async-channel-rx[otel]'", name="opentelemetry"
        )
    from async_channel.instrument.meters import meters_of  # noqa: PLC0415  it imports opentelemetry

    meters = meters_of(meter_provider)
    source = Source(channels, meters.record if handler_time else None)
    meters.hub.join(source)
    return Instrumentation(meters.hub, source)
