"""The meters: the instruments of one meter provider. A provider has each of them once, for all that is instrumented."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias
from weakref import WeakKeyDictionary

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Meter, MeterProvider, Observation

from async_channel.instrument.hub import Hub
from async_channel.instrument.page import Figures, Page

CHANNEL: Final = "async_channel.channel.name"
CONSUMER: Final = "async_channel.consumer.name"

BOUNDARIES: Final = (1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 5e-3, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0)
"""Between the buckets of the histogram (seconds): a callback takes microseconds, or as long as a request."""

Rows: TypeAlias = Callable[[str, Page], Iterator[Observation]]
"""The observations of the channels of one name."""

OfChannels: TypeAlias = Callable[[Page], int]
OfConsumers: TypeAlias = Callable[[Figures], int]


def _by_channel(value: OfChannels) -> Rows:
    def rows(channel: str, page: Page) -> Iterator[Observation]:
        yield Observation(value(page), {CHANNEL: channel})

    return rows


def _by_consumer(value: OfConsumers, *, present: bool = False) -> Rows:
    def rows(channel: str, page: Page) -> Iterator[Observation]:
        for name, figures in page.consumers.items():
            if figures.present or not present:
                yield Observation(value(figures), {CHANNEL: channel, CONSUMER: name})

    return rows


def _failures(channel: str, page: Page) -> Iterator[Observation]:
    for error_type, count in page.failures.items():
        yield Observation(count, {CHANNEL: channel, "error.type": error_type})


class Meters:
    """The instruments of one provider."""

    def __init__(self, meter: Meter) -> None:
        self.hub = Hub()
        of_channel, of_consumer = "async_channel.channel", "async_channel.consumer"
        count, up_down, gauge = (
            meter.create_observable_counter,
            meter.create_observable_up_down_counter,
            meter.create_observable_gauge,
        )
        for create, name, unit, rows, what in (
            (count, f"{of_channel}.sent", "{event}", _by_channel(lambda page: page.sent), "Events sent"),
            (
                count,
                f"{of_channel}.unseen",
                "{event}",
                _by_channel(lambda page: page.unseen),
                "Events let go before a first consumer came",
            ),
            (
                up_down,
                f"{of_channel}.backlog",
                "{event}",
                _by_channel(lambda page: page.backlog),
                "Events kept for a first consumer to come",
            ),
            (count, f"{of_channel}.waits", "{wait}", _by_channel(lambda page: page.waits), "Waits of senders"),
            (count, f"{of_channel}.failures", "{failure}", _failures, "Exceptions of callbacks, filters, observers"),
            (
                up_down,
                f"{of_channel}.consumers",
                "{consumer}",
                _by_channel(lambda page: sum(figures.present for figures in page.consumers.values())),
                "Consumers there are",
            ),
            (count, f"{of_consumer}.delivered", "{event}", _by_consumer(lambda of: of.delivered), "Events handed over"),
            (count, f"{of_consumer}.dropped", "{event}", _by_consumer(lambda of: of.dropped), "Events lost"),
            (count, f"{of_consumer}.filtered", "{event}", _by_consumer(lambda of: of.filtered), "Events filtered out"),
            (up_down, f"{of_consumer}.pending", "{event}", _by_consumer(lambda of: of.pending), "Events that wait"),
            (
                gauge,
                f"{of_consumer}.lag_peak",
                "{event}",
                _by_consumer(lambda of: of.lag_peak, present=True),
                "The most events that waited at once",
            ),
            (count, f"{of_consumer}.waits", "{wait}", _by_consumer(lambda of: of.waits), "Waits for something to read"),
        ):
            create(name, [self._observer(name, rows)], unit, what)
        self._histogram = meter.create_histogram(
            "async_channel.handler.duration",
            "s",
            "Time in a callback",
            explicit_bucket_boundaries_advisory=BOUNDARIES,
        )

    def _observer(self, name: str, rows: Rows) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def observe(_: CallbackOptions) -> Iterable[Observation]:
            return [row for channel, page in self.hub.pages(name).items() for row in rows(channel, page)]

        return observe

    def record(self, seconds: float, channel: str, consumer: str, error_type: str | None) -> None:
        """A callback has ended."""
        attributes = {CHANNEL: channel, CONSUMER: consumer}
        if error_type is not None:
            attributes["error.type"] = error_type
        self._histogram.record(seconds, attributes)


_known: WeakKeyDictionary[MeterProvider, Meters] = WeakKeyDictionary()


def meters_of(provider: MeterProvider | None) -> Meters:
    """Those of a provider, or of the global one. An instrument that is made twice would call only whom it had first."""
    provider = metrics.get_meter_provider() if provider is None else provider
    if not isinstance(provider, MeterProvider):
        raise TypeError(f"instrument(meter_provider=...) takes OpenTelemetry's MeterProvider, got {provider!r}")
    known = _known.get(provider)
    if known is None:
        known = _known[provider] = Meters(provider.get_meter("async_channel"))
    return known
