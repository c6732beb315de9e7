"""Lives through a random world on virtual time, and writes down what happened, in the order it happened.

Everything runs on one thread, and a step is written down before anything else can run: so the trace is the truth.
"""

from __future__ import annotations

import asyncio
import logging
from itertools import count
from typing import Any, TypeVar

from async_channel import (
    Channel,
    ChannelClosed,
    ChannelEmpty,
    Consumer,
    ConsumerClosed,
    ConsumerLagged,
    Failure,
    Overflow,
    Stream,
    Subscription,
    conflate_by,
)
from async_channel.policy import Conflate
from async_channel.util.log import Log
from tests.promises.actors import Boom, Reads, StepTaken, key_of, own_task, pause, until, verdict, watched, with_stage
from tests.promises.trace import (
    Closed,
    CutOff,
    Ended,
    Event,
    Filtered,
    Finished,
    Got,
    Happening,
    Ledgers,
    Missed,
    Observed,
    Opened,
    Paused,
    Pushed,
    Quiet,
    Raised,
    Remains,
    Returned,
    Subscribed,
    Waiting,
    Woken,
)
from tests.promises.worlds import HORIZON, ConsumerSpec, Moment, ReaderSpec, World
from tests.support import run

T = TypeVar("T")


class Play:
    """One life of a world."""

    def __init__(self, world: World, *, inspect: bool = False) -> None:
        self.world = world
        self.inspect = inspect
        """Whether to ask for all ledgers after every step: asking makes senders and readers look anew."""
        self.trace: list[Happening] = []
        self.channels = [
            Channel[int](f"c{n}", capacity=c.capacity, replay=c.replay) for n, c in enumerate(world.channels)
        ]
        self.consumers: dict[int, Consumer[Event] | Subscription[Event]] = {}
        self.cut_off: set[int] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.readers: list[asyncio.Task[None]] = []
        self.numbers = count()
        self.over = False
        for channel in self.channels:
            channel.errors.subscribe(self.lagged)

    def note(self, *happenings: Happening) -> None:
        self.trace.extend(happenings)
        if self.inspect and isinstance(happenings[-1], Returned | Raised | Got | Quiet | Missed | Finished):
            self.look()

    def look(self) -> None:
        for number, one in self.consumers.items():
            if isinstance(one, Subscription) and one.leftover is not None and number not in self.cut_off:
                self.cut_off.add(number)
                self.trace.append(CutOff(number))
        consumers = (self.consumers.get(n) for n in range(len(self.world.consumers)))
        self.trace.append(
            Ledgers(
                tuple(channel.stats() for channel in self.channels),
                tuple(None if consumer is None else consumer.stats() for consumer in consumers),
            )
        )

    def lagged(self, failure: Failure) -> None:
        """A callback is not told that it lagged; the channel's errors are."""
        if isinstance(failure.error, ConsumerLagged):
            number = int(failure.where.removeprefix("consumer ").strip("'"))
            self.note(Missed(number, failure.error.missed))

    # ---- producers

    async def produce(self, number: int) -> None:
        spec = self.world.producers[number]
        await until(spec.begins)
        for step in spec.steps:
            try:
                await StepTaken(self.note, self.numbers, self.channels[spec.channel], number, spec.channel, step).take()
                self.note(Paused(number))
                await pause(step.pause)
            except asyncio.CancelledError:
                self.go_on()

    def go_on(self) -> None:
        """A cancelled task goes on, so that it can be cancelled again; unless all is over."""
        if self.over:
            raise asyncio.CancelledError
        own_task().uncancel()

    # ---- consumers

    async def live(self, number: int) -> None:
        """One consumer: it subscribes, its readers read, and perhaps it closes early."""
        spec = self.world.consumers[number]
        await until(spec.opens)
        if spec.callback and self.channels[spec.sources[0]].is_stopped:
            return
        self.note(Opened(number))
        consumer = self.consumers[number] = self.open(number, spec)
        if self.inspect:
            self.look()
        if isinstance(consumer, Consumer):
            for place, reader in enumerate(spec.readers):
                self.tasks.add(asyncio.create_task(self.read(consumer, number, place, reader)))
        if spec.closes is not None:
            await until(spec.closes)
            self.note(Closed(number))
            consumer.close()
            consumer.close()
            if self.inspect:
                self.look()

    def open(self, number: int, spec: ConsumerSpec) -> Consumer[Event] | Subscription[Event]:
        overflow: Overflow | Conflate[Event] = (
            conflate_by(key_of) if spec.policy == "conflate" else Overflow(spec.policy)
        )
        seen = 0

        def judge(event: Event) -> bool:
            nonlocal seen
            seen += 1
            kept = verdict(seen)
            self.note(Filtered(number, event, kept))
            if kept is None:
                raise Boom
            return kept

        filter_func = judge if spec.filtered else None
        if spec.callback:

            async def call_back(event: Event) -> None:
                self.note(Got(number, 0, (event,)))
                await pause(spec.readers[0].pause if spec.readers else 1)

            return self.channels[spec.sources[0]].consume(
                call_back, filter_func=filter_func, capacity=spec.capacity, overflow=overflow, name=f"{number}"
            )
        source: Stream[Event] = self.channels[spec.sources[0]]
        if not spec.direct:

            def push(event: Event) -> Event:
                self.note(Pushed(number, event))
                return event

            if len(spec.sources) > 1:
                source = source.merge(*(self.channels[other] for other in spec.sources[1:]))
            for stage in spec.stages:
                source = with_stage(source, stage)
            source = source.map(push)
        return Consumer(source, filter_func=filter_func, capacity=spec.capacity, overflow=overflow, name=f"{number}")

    async def read(self, consumer: Consumer[Event], number: int, place: int, spec: ReaderSpec) -> None:
        events = Reads(consumer, spec)

        def asleep() -> None:
            self.note(Waiting(number, place))

        def awake() -> None:
            self.note(Woken(number, place))

        self.readers.append(own_task())  # from here on it goes on when it is cancelled
        while True:
            try:
                got = await watched(events.once(), asleep, awake)
                if got:
                    self.note(Got(number, place, got))
                await pause(spec.pause if got else 1)
                continue
            except ConsumerLagged as lagged:
                self.note(Missed(number, lagged.missed))
            except asyncio.CancelledError:
                self.go_on()
            except (ChannelClosed, ConsumerClosed, StopAsyncIteration, Boom) as error:
                self.note(Finished(number, place, error))
                return
            events.begin_anew()

    # ---- the others

    async def observe(self, number: int) -> None:
        spec = self.world.observers[number]
        await until(spec.opens)
        self.note(Subscribed(number))
        self.channels[spec.channel].subscribe(lambda event: self.note(Observed(number, event)), on_error=lambda _: None)

    async def end(self, number: int, how: str, when: Moment) -> None:
        channel = self.channels[number]
        await until(when)
        error = Boom(f"channel {number}") if how == "on_error" else None
        self.note(Ended(number, error))
        match how:
            case "stop":
                await channel.stop()
            case "stop timeout":
                await channel.stop(timeout=1)
            case "on_completed":
                channel.on_completed()
            case _:
                assert error is not None
                channel.on_error(error)

    async def cancel(self, tasks: list[asyncio.Task[None]], number: int, when: Moment) -> None:
        await until(when)
        if tasks:
            tasks[number % len(tasks)].cancel()

    # ---- all of it

    async def main(self) -> None:
        world = self.world
        producers = [asyncio.create_task(self.produce(n)) for n in range(len(world.producers))]
        ends = [asyncio.create_task(self.end(e.channel, e.how, e.when)) for e in world.ends]
        kinds = {"producer": producers, "reader": self.readers, "end": ends}
        others = [
            *(asyncio.create_task(self.live(n)) for n in range(len(world.consumers))),
            *(asyncio.create_task(self.observe(n)) for n in range(len(world.observers))),
            *(asyncio.create_task(self.cancel(kinds[c.kind], c.number, c.when)) for c in world.cancellations),
        ]
        for _ in range(HORIZON):
            await asyncio.sleep(0.5)
            self.note(Quiet())
            await asyncio.sleep(0.5)
        self.over = True
        for producer in producers:
            producer.cancel()
        await finished(producers)
        for number in range(len(self.channels)):
            await self.end(number, "stop", Moment(0, 0))
        await asyncio.sleep(1000)  # whoever reads, reads to the end
        self.note(Quiet())
        self.drain()
        if self.inspect:
            self.look()
        await finished([*others, *self.tasks])
        await finished([task for task in ends if task.done()])
        self.note(
            Remains(
                sleepers=sum(len(log.sleepers) for log in self.logs()),
                senders=sum(len(log.turns) for log in self.logs()),
                tasks=len(asyncio.all_tasks()) - 1,
            )
        )

    def logs(self) -> list[Log[Any]]:
        """Those of the channels, and the private ones of pipelines."""
        private = [consumer._cursor.log for consumer in self.consumers.values() if isinstance(consumer, Consumer)]
        return [*(channel._log for channel in self.channels), *private]

    def drain(self) -> None:
        """Read what is left where nobody does, and see the end twice."""
        for number, consumer in self.consumers.items():
            ends = 0
            while isinstance(consumer, Consumer) and ends < 2:
                try:
                    self.note(Got(number, -1, (consumer.get_nowait(),)))
                except ConsumerLagged as lagged:
                    self.note(Missed(number, lagged.missed))
                except (ChannelClosed, ConsumerClosed, Boom, ChannelEmpty) as error:
                    ends += 1
                    self.note(Finished(number, -1, error))


async def finished(tasks: list[asyncio.Task[None]]) -> None:
    """All of them are over; what one of them raised but to be cancelled fails the test."""
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
            raise result


def play(world: World, *, inspect: bool = False) -> list[Happening]:
    """Live through a world, and say what happened."""
    logger = logging.getLogger("async_channel")
    before, logger.disabled = logger.disabled, True  # raising filters are reported there
    try:
        life = Play(world, inspect=inspect)
        run(life.main())
    finally:
        logger.disabled = before
    return life.trace
