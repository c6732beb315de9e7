"""`send_from_thread`: its future waits for room, and its cancel takes the event back or says that it can't."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any

import pytest
from typing_extensions import override

from async_channel import Channel, ChannelClosed, Consumer, NotStarted, WrongLoop
from async_channel.util import thread_sends
from tests.rx_scripts import Boom
from tests.threads import LIMIT, Loop, settled

pytestmark = pytest.mark.real_time  # it is about threads

# ---- backpressure


@pytest.mark.parametrize("piped", [False, True])
def test_it_holds_the_thread_back_until_there_is_room(piped: bool) -> None:
    async def main() -> None:
        async with Channel[int]("Numbers", capacity=2) as numbers:
            consumer = Consumer(numbers.map(lambda number: number) if piped else numbers, capacity=2)
            reached: list[int] = []

            def work() -> None:
                for number in range(6):
                    numbers.send_from_thread(number).result(LIMIT)
                    reached.append(number)

            working = asyncio.create_task(asyncio.to_thread(work))
            for number in range(6):
                await settled(lambda: numbers.stats().sent == min(6, number + 2))  # noqa: B023  awaited in this round
                assert consumer.stats().pending == min(2, 6 - number)
                assert await consumer.get() == number
            await working
            assert reached == list(range(6))

    asyncio.run(main())


def test_after_a_timeout_it_is_still_in_line_and_may_be_sent() -> None:
    async def main() -> None:
        async with Channel[int]("Numbers", capacity=1) as numbers:
            consumer = Consumer(numbers)
            await numbers.send(0)

            def work() -> Future[None]:
                sending = numbers.send_from_thread(1)
                with pytest.raises(TimeoutError):
                    sending.result(timeout=0.01)
                with pytest.raises(TimeoutError):
                    sending.exception(timeout=0.01)
                return sending

            sending = await asyncio.to_thread(work)
            assert await consumer.get() == 0
            assert await consumer.get() == 1
            assert await asyncio.to_thread(sending.result, LIMIT) is None  # type: ignore[func-returns-value]  # it says so
            assert not sending.cancel()
            assert sending.exception() is None

    asyncio.run(main())


# ---- taking back


def test_what_is_taken_back_before_the_loop_looks_is_not_sent() -> None:
    """asyncio's own chained future says that it is cancelled, and sends it."""

    async def main() -> None:
        async with Channel[int]("Numbers") as numbers:
            consumer = Consumer(numbers)
            sending = numbers.send_from_thread(1)
            assert sending.cancel()
            assert sending.cancelled()
            await asyncio.sleep(0.01)
            assert numbers.stats().sent == 0
            await numbers.send(2)
            assert consumer.get_nowait() == 2
            assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_what_is_taken_back_between_its_task_and_its_first_step_is_not_sent() -> None:
    async def main() -> None:
        async with Channel[int]("Numbers") as numbers:
            sending = numbers.send_from_thread(1)
            loop = asyncio.get_running_loop()
            taken: list[bool] = []
            loop.call_soon(lambda: taken.append(sending.cancel()))  # after its task is made, before that runs
            await asyncio.sleep(0.01)
            assert taken == [True]
            assert numbers.stats().sent == 0

    asyncio.run(main())


def test_what_is_sent_is_not_taken_back_although_nobody_was_told_yet() -> None:
    async def main() -> None:
        async with Channel[int]("Numbers") as numbers:
            consumer = Consumer(numbers)
            handed: list[Future[None]] = []
            said: list[bool] = []
            numbers.subscribe(lambda _: said.append(handed[0].cancel()))  # while it is being sent
            handed.append(numbers.send_from_thread(1))
            assert await consumer.get(LIMIT) == 1
            said.append(handed[0].cancel())  # when it was
            await asyncio.wrap_future(handed[0])
            assert said == [False, False]
            assert not handed[0].cancelled()
            assert numbers.stats().sent == 1

    asyncio.run(main())


def test_the_turn_of_what_is_taken_back_goes_to_the_next() -> None:
    async def main() -> None:
        async with Channel[int]("Numbers", capacity=1) as numbers:
            consumer = Consumer(numbers)
            await numbers.send(0)
            first, second = numbers.send_from_thread(1), numbers.send_from_thread(2)
            await settled(lambda: len(numbers._log.turns) == 2)
            assert consumer.get_nowait() == 0  # the first has its turn now, and has not taken it
            assert await asyncio.to_thread(first.cancel)
            await asyncio.wait_for(asyncio.wrap_future(second), LIMIT)
            assert consumer.get_nowait() == 2
            assert numbers.stats().sent == 2

    asyncio.run(main())


@pytest.mark.parametrize("capacity", [1, 3, 50])
def test_whatever_cancel_says_is_what_happened(capacity: int) -> None:
    async def main() -> None:
        async with Channel[int]("Numbers", capacity=capacity) as numbers:
            consumer = Consumer(numbers)

            def work(begin: int) -> set[int]:
                dice = random.Random(begin)
                sent: set[int] = set()
                for number in range(begin, begin + 300):
                    sending = numbers.send_from_thread(number)
                    if dice.random() < 0.5:
                        with contextlib.suppress(TimeoutError):
                            sending.result(dice.choice([0, 1e-5, 1e-4]))
                        if sending.cancel():
                            continue
                    sending.result(LIMIT)
                    sent.add(number)
                return sent

            with ThreadPoolExecutor(3) as pool:
                loop = asyncio.get_running_loop()
                working = [loop.run_in_executor(pool, work, begin) for begin in (0, 1000, 2000)]
                both = asyncio.gather(*working)
                got: list[int] = []
                while not both.done() or consumer.stats().pending:
                    try:
                        got.append(await consumer.get(0.001))
                    except TimeoutError:
                        continue
                sent = set[int]().union(*await both)
            assert set(got) == sent
            assert len(got) == len(sent) == numbers.stats().sent
            for begin in (0, 1000, 2000):
                part = [number for number in got if begin <= number < begin + 1000]
                assert part == sorted(part)

    asyncio.run(main())


def test_a_callback_of_the_future_may_use_the_future() -> None:
    async def main() -> None:
        async with Channel[int]("Numbers", capacity=1) as numbers:
            said: list[tuple[bool, bool]] = []
            sent = numbers.send_from_thread(1)
            sent.add_done_callback(lambda future: said.append((future.cancelled(), future.cancel())))
            taken = numbers.send_from_thread(2)
            taken.add_done_callback(lambda future: said.append((future.cancelled(), future.cancel())))
            taken.cancel()
            await asyncio.wrap_future(sent)
            assert said == [(True, True), (False, False)]

    asyncio.run(main())


# ---- failing, and the wrong place


def test_it_fails_as_send_does_also_that_of_a_subclass() -> None:
    class Fussy(Channel[int]):
        @override
        async def send(self, event: int) -> None:
            if event < 0:
                raise Boom("negative")
            await super().send(event)

    async def main() -> None:
        async with Fussy(capacity=1) as numbers:
            consumer = Consumer(numbers)
            with pytest.raises(Boom, match="negative"):
                await asyncio.wrap_future(numbers.send_from_thread(-1))
            await asyncio.wrap_future(numbers.send_from_thread(1))
            waiting = numbers.send_from_thread(2)
            await settled(lambda: len(numbers._log.turns) == 1)
            await numbers.stop()
            with pytest.raises(ChannelClosed, match="'Fussy' is stopped"):
                await asyncio.wrap_future(waiting)
            assert not waiting.cancel()
            assert consumer.get_nowait() == 1

    asyncio.run(main())


def test_waiting_for_it_on_its_own_loop_raises_instead() -> None:
    async def main() -> None:
        async with Channel[int]("Numbers") as numbers:
            sending = numbers.send_from_thread(1)
            for wait in (sending.result, sending.exception):
                with pytest.raises(WrongLoop, match=r"channel 'Numbers' would stop.*await asyncio\.wrap_future"):
                    wait(LIMIT)
            with pytest.raises(TimeoutError):
                sending.result(0)  # a look is no wait
            await asyncio.wrap_future(sending)
            sending.result()

    asyncio.run(main())


# ---- the loop ends


def test_a_loop_that_ends_says_so_to_those_who_wait_for_room() -> None:
    async def main() -> tuple[Future[None], Channel[int], Consumer[int]]:
        numbers: Channel[int] = Channel("Numbers", capacity=1)
        consumer = Consumer(numbers)
        await numbers.send(0)
        sending = numbers.send_from_thread(1)
        await settled(lambda: len(numbers._log.turns) == 1)
        return sending, numbers, consumer

    sending, numbers, consumer = asyncio.run(main())
    with pytest.raises(NotStarted, match="the event loop of channel 'Numbers' ended before"):
        sending.result(0)
    assert not sending.cancel()
    assert numbers.stats().sent == 1
    assert consumer.get_nowait() == 0


def test_a_loop_that_is_closed_before_it_looks_says_so() -> None:
    other = Loop()
    numbers: Channel[int] = Channel("Numbers")
    other.call(numbers.start())
    other.stop()
    sending, taken = numbers.send_from_thread(1), numbers.send_from_thread(2)
    assert taken.cancel()
    other.loop.close()
    with pytest.raises(NotStarted, match="ended before"):
        sending.result(0)
    assert taken.cancelled()
    with pytest.raises(NotStarted, match="no running event loop"):
        numbers.send_from_thread(3)
    assert numbers.stats().sent == 0


def test_a_thread_that_waits_for_a_loop_that_is_closed_uncleanly_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_sends, "LOOK", 0.01)
    other = Loop()
    numbers: Channel[int] = Channel("Numbers", capacity=1)

    async def fill() -> Consumer[int]:
        consumer = Consumer(numbers)
        await numbers.send(0)
        return consumer

    consumer = other.call(fill())
    sending = numbers.send_from_thread(1)
    with pytest.raises(TimeoutError):
        sending.result(0.01)
    assert isinstance(sending, thread_sends.Handed)
    task: Any = sending._task
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(sending.result, LIMIT)
        other.end(cleanly=False)
        with pytest.raises(NotStarted, match="ended before"):
            waiting.result(LIMIT)
    task._log_destroy_pending = False
    numbers._log.turns.forget()
    assert consumer.get_nowait() == 0


def test_a_loop_that_is_ending_takes_nothing_more() -> None:
    late: list[Future[None]] = []
    ending = threading.Event()

    async def main() -> list[asyncio.Future[None]]:
        numbers: Channel[int] = Channel("Numbers", capacity=1)
        await numbers.start()
        loop = asyncio.get_running_loop()

        def look() -> None:
            if loop._asyncgens_shutdown_called:  # type: ignore[attr-defined]  # it waits for its threads now
                ending.set()
            else:
                loop.call_soon(look)

        def work() -> None:
            assert ending.wait(LIMIT)
            late.append(numbers.send_from_thread(1))
            with pytest.raises(NotStarted, match="ended before"):
                late[0].result(LIMIT)

        look()
        return [loop.run_in_executor(None, work)]

    asyncio.run(main())
    assert isinstance(late[0].exception(), NotStarted)


def test_nobody_who_cancels_is_left_waiting() -> None:
    async def main() -> None:
        async with Channel[int]("Numbers", capacity=1) as numbers:
            consumer = Consumer(numbers)
            await numbers.send(0)
            sending = numbers.send_from_thread(1)
            with ThreadPoolExecutor(1) as pool:
                waiting = asyncio.get_running_loop().run_in_executor(pool, lambda: sending.result(LIMIT))
                await settled(lambda: len(numbers._log.turns) == 1)
                assert sending.cancel()
                with pytest.raises((asyncio.CancelledError, CancelledError)):
                    await waiting
            await settled(lambda: len(numbers._log.turns) == 0)
            assert consumer.get_nowait() == 0

    asyncio.run(main())
