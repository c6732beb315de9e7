"""What every group of operators builds on: how a stage, or another source, becomes a Stream again."""

from __future__ import annotations

import asyncio
import concurrent.futures
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, get_args

from reactivex import Observable

from async_channel.util.fused import Fused
from async_channel.util.pipeline import Stage

if TYPE_CHECKING:
    from async_channel.stream import Stream

T_co = TypeVar("T_co", covariant=True)


U = TypeVar("U")
FutureOf: TypeAlias = "asyncio.Future[U] | concurrent.futures.Future[U]"
"""What stands for a stream of one event, as in Rx."""


class Operators(Fused[T_co]):
    """A Stream, as its operators see it."""

    _event_type: type[Any] | None = None

    @property
    def event_type(self) -> type[Any] | None:
        """The class of its events, where it is known at run time."""
        if self._event_type is None:
            written = get_args(getattr(self, "__orig_class__", None))
            if written and isinstance(written[0], type):
                self._event_type = written[0]
        return self._event_type

    def _then(self, stage: Stage, event_type: type[Any] | None = None) -> Stream[Any]:
        """This stream with one more stage, whose events are of a class if that is known."""
        raise NotImplementedError

    def _over(self, source: Observable[Any], event_type: type[Any] | None = None) -> Stream[Any]:
        """A stream over a new source."""
        raise NotImplementedError
