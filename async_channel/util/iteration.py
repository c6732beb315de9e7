"""Reading what somebody else made: whoever reads an asynchronous generator closes it, and not the collector."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from typing import TypeVar

T = TypeVar("T")


def reading(items: AsyncIterable[T]) -> AbstractAsyncContextManager[AsyncIterator[T]]:
    """The iterator of an asynchronous iterable; a generator is closed at the end of the block, however that comes."""
    iterator = aiter(items)
    return aclosing(iterator) if isinstance(iterator, AsyncGenerator) else nullcontext(iterator)
