"""Rising: an event that is sent to a channel rises to its parent, to the parent's parent, and so on, as one send.

A parent sees the event at the very moment it is sent below, before anybody else can send: so its order is the order of
sending, and an event is everywhere or nowhere. It can't make the sender wait then. So it does as an inbox does (see
`util.inbox`): with the event that fills it, it shuts a gate at each child, and whoever sends there waits; when it has
room it opens them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar
from weakref import ref

from async_channel.channels.demand import Audience
from async_channel.channels.fanout import FanOut
from async_channel.util.log import Log

T_contra = TypeVar("T_contra", contravariant=True)


class Parent(Protocol[T_contra]):
    """The channel that events rise to, as its children see it: a channel of these events, or of these and others."""

    @property
    def capacity(self) -> int:
        """How many events a blocking consumer of it may be behind."""
        ...

    def send_nowait(self, event: T_contra, /) -> None:
        """Send an event now or not at all."""
        ...


class Branch:
    """One channel's place in a tree: whom its events rise to, and who are its children."""

    __slots__ = (
        "_audience",
        "_children",
        "_fan_out",
        "_held",
        "_line_went",
        "_log",
        "_shut",
        "_untap",
        "_wanted",
        "bearer",
        "channel",
        "parent",
    )

    def __init__(self, log: Log[Any], fan_out: FanOut[Any], audience: Audience) -> None:
        self.parent: Branch | None = None
        self.bearer: Branch | None = None
        """While an event comes in from a child, that child."""
        self.channel: ref[object] | None = None
        """Whose place it is, for whoever draws the tree."""
        self._log = log
        self._fan_out = fan_out
        self._audience = audience
        self._children: list[Branch] = []
        self._held: list[Branch] = []  # parents that were told to postpone an event, and have yet to push it
        self._shut = False
        self._line_went = False
        self._wanted = False
        self._untap: Callable[[], None] | None = None
        fan_out.on_change = self._changed

    # ---- as a child

    def rise_to(self, parent: Branch | None) -> None:
        """Have events rise to a parent from now on, in place of the one before; or to nobody.

        Raises:
            WrongLoop: the parent belongs to another event loop.
        """
        if parent is not None:
            parent._log.check_thread()
            self._log.live_with(parent._log)
        if self.parent is not None:
            self._leave(self.parent)
        if parent is not None:
            self._join(parent)

    def _join(self, parent: Branch) -> None:
        self.parent = parent
        parent._take_in(self)
        self._untap = self._fan_out.tap(self._riser(parent))
        self._fan_out.rise(self._deliver, parent._pushes)
        self._log.look_above = self._look
        self._log.revoke()  # it was granted without the parent
        parent._audience.watch(self._want)

    def _leave(self, parent: Branch) -> None:
        self.parent = None
        if self._untap is not None:
            self._untap()
        self._fan_out.rise(self._deliver, False)
        self._log.look_above = None
        parent._audience.unwatch(self._want)
        self._want(False)
        parent._let_go_of(self)

    def _look(self) -> None:
        """Have the parent shut its gate here if it has no room; if it has, that is for one event at least."""
        assert self.parent is not None
        above = self.parent._log
        above.check_thread()
        self._log.live_with(above)
        if above.credit <= 0:
            above.renew()

    def _riser(self, parent: Branch) -> Callable[[object], None]:
        """What does for the parent what a send does, but for pushing the event: that comes when all here have it."""
        log, fan_out, held = parent._log, parent._fan_out, self._held

        def rise(event: object) -> None:
            if log.credit <= 0:
                log.renew(taking=1)
                parent._serve(self)
            log.credit -= 1
            keep = log.keep
            if keep is not None:
                parent.bearer = self
                keep(event)
                parent.bearer = None
            if log.sleepers:
                log.wake()
            if fan_out.sink is not None:
                fan_out.postpone(event)
                if not log.delivering:
                    log.delivering = True  # what is sent there now comes behind
                    held.append(parent)

        return rise

    def _deliver(self) -> None:
        """Push what has risen, now that it has reached all here."""
        held = self._held
        while held:
            parent = held.pop()
            try:
                parent._fan_out.catch_up()
            finally:
                parent._log.delivering = False

    def _want(self, wanted: bool) -> None:
        """Who wants the parent's events wants those from here."""
        if wanted is not self._wanted:
            self._wanted = wanted
            if wanted:
                self._audience.joined()
            else:
                self._audience.left()

    # ---- as a parent

    @property
    def _pushes(self) -> bool:
        return self._fan_out.sink is not None

    def _changed(self) -> None:
        for child in self._children:
            child._fan_out.rise(child._deliver, self._pushes)

    def _take_in(self, child: Branch) -> None:
        if not self._children:
            self._log.rise_from(self)
        self._children.append(child)
        if self._shut:
            child._log.gate(self._log, self._log.name)

    def _let_go_of(self, child: Branch) -> None:
        self._children.remove(child)
        if not self._children:
            self._shut = False
            self._log.rise_from(None)
        child._log.ungate(self._log)

    def shut(self) -> None:
        """Hold back whoever sends to a child."""
        if not self._shut:
            self._shut = True
            for child in self._children:
                child._log.gate(self._log, self._log.name)

    def open(self) -> None:
        """Let them send: those in line here, and those at the children, one and the other first in turns."""
        turns = self._log.turns
        if self._shut:
            if turns and not self._line_went:
                turns.offer()  # when the first in line has had its turn, or is gone, this is called again
                return
            self._shut = False
            for child in self._children:
                child._log.ungate(self._log)
        turns.offer()

    def line_goes(self) -> None:
        """One in line here sends: next time the children are first. Being offered a turn would not do."""
        self._line_went = True

    def _serve(self, child: Branch) -> None:
        """An event comes from a child: next time those in line here, and the others, are before it."""
        self._line_went = False
        if self._children[-1] is not child:
            self._children.remove(child)
            self._children.append(child)

    def revoke(self) -> None:
        """Have each child look again."""
        for child in self._children:
            child._log.revoke()

    # ---- the end

    def end(self) -> None:
        """The channel has ended: its events rise no more, and its children go on alone."""
        self.rise_to(None)
        while self._children:
            self._children[-1].rise_to(None)
