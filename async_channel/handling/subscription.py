"""Subscription: a callback that is called with each event, in a task of its own."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from async_channel import clock, util
from async_channel.errors import ConsumerClosed, ConsumerLagged, SlowCallback
from async_channel.handling.supervisor import Callback, Supervisor
from async_channel.stats import ConsumerStats, DeadLetter, Leftover
from async_channel.util.failure import FAILURES, Handler, being_cancelled
from async_channel.util.pipeline import NOTHING
from async_channel.util.reader import Intake, Reader, witnesses

T = TypeVar("T")

logger = logging.getLogger("async_channel")


class Subscription(Generic[T]):
    """What `Channel.consume` returns: the callback's place in the channel, to look at and to close.

    What the callback raises is reported on the channel's ``errors`` and to the logger; then the next event is its turn,
    unless ``on_error`` said otherwise.
    """

    def __init__(
        self,
        intake: Intake[T],
        reader: Reader[T],
        callback: Callback[T],
        supervisor: Supervisor[T],
        slow: float | None = None,
    ) -> None:
        self._intake = intake
        self._reader = reader
        self._callback = callback
        self._supervisor = supervisor
        supervisor.owner = self
        self._report = intake.report
        self._slow = slow
        self._letters: deque[tuple[DeadLetter[T], asyncio.Future[bool]]] = deque()
        self._gone: list[Callable[[], None]] = []
        self._at: object = NOTHING  # the event that the callback was cancelled at
        self._ended_by = ""
        self._over = False
        self.task: asyncio.Task[None] | None = None
        """The task that calls back; None until an event loop runs and the channel is started, and if it is a drain."""
        self.failure: Exception | None = None
        """What the callback raised, if that ended the subscription, as ``OnError.STOP`` says; else None."""
        self.raised = False
        """Whether somebody who stopped a channel was told of that failure."""
        self.leftover: Leftover | None = None
        """What it had not handled when it was cancelled, if there was anything."""
        for tell in witnesses:
            tell(self, intake)

    @property
    def name(self) -> str:
        """The name it was given, for messages and statistics."""
        return self._reader.name

    @property
    def ended(self) -> bool:
        """Whether it calls back no more: it was closed, or has had all that its channels sent."""
        return self._reader.exhausted if self.task is None else self._over

    @property
    def goes_on(self) -> bool:
        """Whether events may still come: a channel that it hangs from has not ended."""
        return self._intake.goes_on

    def stats(self) -> ConsumerStats:
        """Its ledger at this moment, as a frozen record."""
        return self._reader.stats()

    def begin(self) -> None:
        """Begin to call back if an event loop runs."""
        if asyncio._get_running_loop() is not None:
            self.start()

    def start(self) -> None:
        """Begin to call back, in a task on the running loop. Starting twice does nothing more."""
        if self.task is None:
            loop = asyncio.get_running_loop()
            self.task = loop.create_task(self._run(), name=f"async_channel {self.name}")
            self.task.add_done_callback(self._task_ended)

    def replace(self, callback: Callback[T]) -> None:
        """Call another function, from the next event on."""
        self._callback = self._supervisor.callback = callback
        self._end_run()

    def when_gone(self, tell: Callable[[], None]) -> None:
        """Call a function when it was closed, and calls back no more."""
        self._gone.append(tell)

    def close(self) -> None:
        """No longer call back: what is pending is dropped, and a callback that waits is cancelled."""
        self._reader.close()
        if self.task is None or self.task.done():
            self._tell_gone()
            return
        self.task.add_done_callback(lambda _: self._tell_gone())  # until then the channel waits for it
        if self.task is not asyncio.current_task():
            self.task.cancel()

    def _tell_gone(self) -> None:
        told, self._gone = self._gone, []
        for tell in told:
            tell()

    async def redeliver(self, letter: DeadLetter[T]) -> bool:
        """Call back with the event of a dead letter, in its turn with the others, and say whether it was handled.

        If it was not, it is reported and among the dead letters again, as any event on which the callback fails, with
        the number of all calls. To be cancelled while this waits takes the letter back, unless its turn had come.

        >>> import asyncio
        >>> from async_channel import Channel, Consumer, DeadLetter
        >>> online = False
        >>> async def deliver(order: str) -> None:
        ...     if not online:
        ...         raise OSError("no route")
        ...     print("delivered", order)
        >>> async def main() -> None:
        ...     global online
        ...     orders, undelivered = Channel[str]("Orders"), Channel[DeadLetter[str]]("Undelivered")
        ...     subscription = orders.consume(deliver, dead_letters=undelivered)
        ...     await orders.send("buy")
        ...     letter = await Consumer(undelivered).get()
        ...     print(letter.event, letter.error)
        ...     online = True
        ...     print(await subscription.redeliver(letter))
        ...     await orders.stop()
        >>> asyncio.run(main())
        buy no route
        delivered buy
        True

        Args:
            letter: a dead letter of this callback, or of another one for the same events.

        Raises:
            TypeError: it is no DeadLetter.
            ConsumerClosed: the callback is called no more; the letter is still yours.
            RuntimeError: the callback itself calls this: it would wait for itself.
        """
        self._check_letter(letter)
        log = self._reader._cursor.log
        handled: asyncio.Future[bool] = log.bind().create_future()
        if self.task is not None and self.task is asyncio.current_task():
            raise RuntimeError(f"the callback of consumer {self.name!r} can't redeliver: it would wait for itself")
        self.start()
        self._letters.append((letter, handled))
        self._end_run()
        log.wake()
        return await handled

    def _end_run(self) -> None:
        """Have the task look around after the event that it is at, and not after the last of its run."""
        cursor = self._reader._cursor
        if not cursor.closed:
            cursor.settle(cursor.log.next_seq)

    def _check_letter(self, letter: object) -> None:
        if not isinstance(letter, DeadLetter):
            raise TypeError(f"redeliver(...) takes a DeadLetter, got {letter!r}")
        if self.ended or self._reader._cursor.closed:
            raise ConsumerClosed(f"consumer {self.name!r} calls back no more: redeliver the letter to another one")

    async def _redeliver_next(self) -> None:
        letter, handled = self._letters.popleft()
        if not handled.done():
            result = False  # and among the dead letters again, also if this task is cancelled meanwhile
            try:
                result = await self._supervisor.redeliver(letter)
            finally:
                if not handled.done():
                    handled.set_result(result)
            stop_if_cancelled()

    def cut_off(self, channel: str) -> None:
        """A channel that was stopped waits no longer: cancel what is left."""
        self._ended_by = channel
        assert self.task is not None
        self.task.cancel()

    def given_up(self, event: object) -> None:
        """The callback was cancelled in the middle of an event: it is to be among what is left over."""
        self._at = event

    def _leave(self) -> None:
        """It was cancelled, and nobody closed it: what it has not handled is kept for whoever stops, and logged."""
        if self._reader._cursor.closed:
            return
        pending = self._reader.stats().pending
        in_flight = self._at is not NOTHING
        if pending or in_flight:
            channel = self._ended_by or next((root.name for root in self._intake.roots()), self.name)
            left = self.leftover = Leftover(
                channel=channel,
                consumer=self.name,
                pending=pending,
                in_flight=int(in_flight),
                event=self._at if in_flight else None,
            )
            logger.warning(
                "channel %r: consumer %r was cancelled with %d pending%s",
                channel,
                self.name,
                pending,
                f", in its callback for {left.event!r}" * in_flight,
            )

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        """However the task ended, nobody calls back any more: senders must not wait for it."""
        self._over = True
        if task.cancelled():
            self._leave()
        if task.cancelled() or not self._reader.exhausted:  # what it was never called with is dropped, and not pending
            self._reader.close()
            self._tell_gone()
        for _letter, handled in self._letters:
            if not handled.done():
                handled.set_exception(ConsumerClosed(f"consumer {self.name!r} ended before it was given the letter"))

    async def _run(self) -> None:
        ended = False
        # On virtual time nothing may depend on how fast the machine is.
        slow = None if clock.is_virtual(asyncio.get_running_loop()) else self._slow
        while not ended:
            try:
                if slow is None:
                    await self._call_back()
                else:
                    cursor = self._reader._cursor
                    await util.watching.timed_steps(self._call_back(), slow, cursor, self._step_was_long)
                ended = True
            except ConsumerLagged as error:
                self._missed(error)
            except Exception as error:
                self._failed_with(error)
                ended = True

    def _missed(self, error: ConsumerLagged) -> None:
        """It missed events, and goes on with those that are left."""
        self._report(f"consumer {self.name!r}", error, None, Handler(self.name))

    def _failed_with(self, error: Exception) -> None:
        """What the channel failed with; there is nobody else to raise it to."""
        self._report(f"end of consumer {self.name!r}", error, None, Handler(self.name))

    async def _call_back(self) -> None:
        # The hot loop: as that of the reader, without a generator between.
        reader = self._reader
        cursor, keep = reader._cursor, reader._keep
        while True:
            run, callback = cursor.run, self._callback
            for event in run:
                if keep is not None and not reader._accepts(event):
                    continue
                try:
                    result = callback(event)
                    if result is None or not inspect.isawaitable(result):
                        continue
                    await result
                except FAILURES as error:
                    settling = self._supervisor.failed(error, event)
                    if settling is not None:
                        await settling
                stop_if_cancelled()
            if self._letters and not cursor.closed:
                await self._redeliver_next()
            elif not cursor.advance(run):
                if reader._ended():
                    return
                await cursor.wait()

    def _step_was_long(self, seconds: float, events: int) -> None:
        """The callback kept the event loop to itself."""
        error = SlowCallback(
            f"the callback of consumer {self.name!r} kept the event loop for {seconds:.3f} s, over {events} events, "
            f"and nothing else could run: {self._slow} s is its limit. Await in between, hand what blocks to "
            "asyncio.to_thread, or raise slow=",
            seconds=seconds,
        )
        self._report(f"callback of consumer {self.name!r}", error, None, Handler(self.name))


def stop_if_cancelled() -> None:
    """End the task of a callback that swallowed its cancellation, before it begins with the next event."""
    if being_cancelled():
        raise asyncio.CancelledError
