"""The conformance kit: what a factory must give, and what its publishers carry."""

from collections.abc import AsyncIterable, Callable

from typing_extensions import reveal_type

from async_channel import Channel, Consumer, Overflow, conflate_by, from_async_iterable
from async_channel.testing.conformance import (
    ByIteration,
    ColdPublishers,
    Element,
    Publisher,
    PublisherFactory,
    Source,
    StreamPublishers,
    SubscriberFactory,
    Subscription,
    Traits,
    Verdict,
    verify,
    verify_subscribers,
)


def numbers(channel: Channel[Element]) -> Channel[int]:
    raise NotImplementedError


made = StreamPublishers(numbers)
reveal_type(made)  # expect: StreamPublishers[int]
reveal_type(made.publisher(Source(3)))  # expect: Publisher[int]
reveal_type(verify(made))  # expect: list[Verdict]

cold = ColdPublishers(lambda source: from_async_iterable(source).map(lambda element: str(element.number)))
reveal_type(cold)  # expect: ColdPublishers[str]
as_factory: PublisherFactory[object] = cold

StreamPublishers(numbers, overflow=Overflow.LATEST, read=ByIteration)
StreamPublishers(numbers, overflow=conflate_by(lambda n: n % 2))
StreamPublishers(numbers, overflow="latest")  # error: arg-type # pyright-error: reportArgumentType
StreamPublishers(numbers, traits=Traits(every="two"))  # error: arg-type # pyright-error: reportArgumentType
StreamPublishers(numbers, read=Consumer.get)  # error: arg-type # pyright-error: reportArgumentType
StreamPublishers(lambda channel: channel.nothing())  # error: attr-defined # pyright-error: reportAttributeAccessIssue


async def reads(subscription: Subscription[int], publisher: Publisher[int]) -> None:
    reveal_type(await subscription.get())  # expect: int
    reveal_type(await (await publisher.subscribe(3)).get())  # expect: int
    await publisher.subscribe("3")  # error: arg-type # pyright-error: reportArgumentType


class Words:
    async def get(self) -> str:
        raise NotImplementedError

    async def close(self) -> None: ...


class Synchronous:
    def get(self) -> int:
        raise NotImplementedError

    def close(self) -> None: ...


words: Subscription[str] = Words()
not_numbers: Subscription[int] = Words()  # error: assignment # pyright-error: reportAssignmentType
not_awaited: Subscription[int] = Synchronous()  # error: assignment # pyright-error: reportAssignmentType


class Prints(SubscriberFactory):
    async def read(self, source: AsyncIterable[Element], handle: Callable[[Element], None]) -> None:
        async with Consumer(from_async_iterable(source)) as consumer:
            async for element in consumer:
                handle(element)
                handle(element.number)  # error: arg-type # pyright-error: reportArgumentType


def verdicts() -> list[Verdict]:
    verify_subscribers(made)  # error: arg-type # pyright-error: reportArgumentType
    return verify_subscribers(Prints())
