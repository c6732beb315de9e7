"""One script of events, ends, disposal and reactions, played into a pipeline of ours and into its reactivex twin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from hypothesis import strategies as st
from reactivex import Observable, Observer, abc
from reactivex.disposable import CompositeDisposable, Disposable, SerialDisposable
from reactivex.notification import Notification, OnCompleted, OnError, OnNext
from reactivex.operators._timestamp import Timestamp
from reactivex.scheduler import CurrentThreadScheduler, VirtualTimeScheduler
from reactivex.subject import Subject
from reactivex.testing import TestScheduler
from typing_extensions import override

from async_channel import Channel, from_observable
from async_channel.util.pipeline import Receiver
from tests.rx_scripts import Boom, at

END = 40.0


class Clock(TestScheduler):
    """A TestScheduler that runs on reactivex's trampoline what is to be done at once, as is done without a scheduler.

    A plain one delays that by a tick: the first items of `start_with`, the items of an iterable, the next of `concat`.
    """

    @override
    def schedule(self, action: Any, state: Any = None) -> abc.DisposableBase:
        return CurrentThreadScheduler.singleton().schedule(lambda _, state: action(self, state), state)

    @override
    def schedule_absolute(self, duetime: Any, action: Any, state: Any = None) -> abc.DisposableBase:
        when = duetime if isinstance(duetime, float) else self.to_seconds(duetime)
        if when <= self.clock and self._is_enabled:
            return self.schedule(action, state)
        return super().schedule_absolute(when, action, state)


@dataclass(frozen=True)
class Event:
    """Some seconds after the event before, something is pushed into a source; 0 is the one the pipeline begins with."""

    gap: int
    source: int
    what: Notification[int]

    def __repr__(self) -> str:
        return f"+{self.gap} source {self.source}: {shown(self.what)}"

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        printer.text(repr(self))


@dataclass(frozen=True)
class Reaction:
    """What the observer does from inside its n-th `on_next`: leave, or push something into the first source."""

    nth: int
    what: Notification[int] | None

    def __repr__(self) -> str:
        return f"at on_next number {self.nth}: {'dispose' if self.what is None else shown(self.what)}"

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        printer.text(repr(self))


@dataclass(frozen=True)
class Script:
    """What happens to a pipeline, and when."""

    events: tuple[Event, ...]
    subscribed: float = 0.0
    disposed: float = END
    reaction: Reaction | None = None


Record: TypeAlias = tuple[float, str, object]
Span: TypeAlias = tuple[int, float, float]


@dataclass
class Played:
    """What a pipeline gave, what it raised at its senders, and from when to when it was subscribed to which source."""

    records: list[Record] = field(default_factory=list)
    raised: list[tuple[float, str]] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)


Note: TypeAlias = Callable[[], Callable[[], None]]
"""To be called when a source is subscribed; gives what to call when it is let go."""
Make: TypeAlias = Callable[[Note], tuple[Subject[int], Any]]
"""Makes a source: what events are pushed into, and what pipelines are made of."""


class World:
    """The sources of one play, and its clock."""

    def __init__(self, make: Make, clock: TestScheduler, *, untied: bool) -> None:
        self.clock = clock
        self.played = Played()
        self.inputs: list[Subject[int]] = []
        self._make = make
        self.untied = untied
        self._step = 0

    def begin_step(self) -> None:
        """The next step of a pipeline is about to be made."""
        self._step += 1

    def span(self, seconds: float) -> float:
        """Seconds for a timed operator; in an untied world no two steps of a pipeline are due at the same time.

        Who goes first of two that are, nobody promises. Events come at whole seconds.
        """
        return seconds + (11, 17, 23, 29, 37, 41, 47, 53)[self._step % 8] / 1000 if self.untied else seconds

    def at_once(self, *notifications: Notification[Any]) -> Observable[Any] | None:
        """In an untied world, a source that gives these as it is subscribed to: there and then.

        reactivex's own go over its trampoline, behind what that runs already. Theirs runs the items of an iterable and
        the sources of merge on it, and ours does not: so the two differ in what comes first.
        """
        if not self.untied:
            return None

        def subscribe(observer: abc.ObserverBase[Any], _: abc.SchedulerBase | None) -> abc.DisposableBase:
            for notification in notifications:
                notification.accept(observer)
            return Disposable()

        return Observable(subscribe)

    def source(self) -> Any:
        """One more source: a Stream, or a plain Observable."""
        source, observable = self._make(partial(self._subscribed, len(self.inputs)))
        self.inputs.append(source)
        return observable

    def _subscribed(self, number: int) -> Callable[[], None]:
        begin = self.clock.clock
        spans = self.played.spans
        place = len(spans)
        spans.append((number, begin, -1.0))

        def let_go() -> None:
            if spans[place][2] < 0:
                spans[place] = (number, begin, self.clock.clock)

        return let_go

    def noting(self, what: str) -> Callable[..., None]:
        """A callback that writes down when it was called, and with what."""

        def note(*args: object) -> None:
            self.played.records.append((self.clock.clock, what, plain(args)))

        return note


class _Probe(Observable[int]):
    """A Subject that tells when it is subscribed and let go."""

    def __init__(self, note: Note) -> None:
        super().__init__()
        self.subject: Subject[int] = Subject()
        self._note = note

    @override
    def _subscribe_core(
        self, observer: abc.ObserverBase[int], scheduler: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        return CompositeDisposable(Disposable(self._note()), self.subject.subscribe(observer, scheduler=scheduler))


class _ProbedChannel(Channel[int]):
    """A Channel that tells when it is subscribed and let go."""

    note: Note

    @override
    def _attach(self, sink: Receiver, scheduler: abc.SchedulerBase | None) -> abc.DisposableBase:
        return CompositeDisposable(Disposable(self.note()), super()._attach(sink, scheduler))


def channels(note: Note) -> tuple[Subject[int], Any]:
    """Channels, each of which is a stream as it is."""
    channel = _ProbedChannel()
    channel.note = note
    return channel, channel


def subjects(note: Note) -> tuple[Subject[int], Any]:
    """Subjects, which are plain Observables."""
    probe = _Probe(note)
    return probe.subject, probe


def streams(note: Note) -> tuple[Subject[int], Any]:
    """Streams over Subjects."""
    probe = _Probe(note)
    return probe.subject, from_observable(probe)


Build: TypeAlias = Callable[[World], Any]
"""Makes a pipeline of a world's sources. Any, as these are Streams on one side and Observables on the other."""


def play(
    make: Make, build: Build, script: Script, *, untied: bool = False, clock: type[TestScheduler] = Clock
) -> Played:
    """Build a pipeline, and play a script into it."""
    world = World(make, clock(), untied=untied)
    pipeline = build(world)
    played = world.played
    subscription = SerialDisposable()
    count = 0

    def on_next(value: object) -> None:
        nonlocal count
        played.records.append((world.clock.clock, "next", plain(value)))
        count += 1
        if script.reaction is not None and count == script.reaction.nth:
            if script.reaction.what is None:
                subscription.dispose()
            else:
                script.reaction.what.accept(world.inputs[0])

    def on_error(error: Exception) -> None:
        played.records.append((world.clock.clock, "error", described(error)))

    def on_completed() -> None:
        played.records.append((world.clock.clock, "completed", None))

    def subscribe() -> None:
        subscription.disposable = pipeline.subscribe(Observer(on_next, on_error, on_completed), scheduler=world.clock)

    at(world.clock, script.subscribed, subscribe)
    time = 0.0
    for event in script.events:
        time += event.gap
        at(world.clock, time, partial(_push, world, event))
    at(world.clock, script.disposed, subscription.dispose)
    while True:
        try:
            VirtualTimeScheduler.start(world.clock)
            break
        except Exception as error:  # out of a timer: nobody but the scheduler called
            world.clock.stop()
            played.raised.append((world.clock.clock, described(error)))
    # What is over as it begins may as well never have begun.
    played.spans = sorted(span for span in played.spans if span[1] != span[2])
    return played


def _push(world: World, event: Event) -> None:
    try:
        event.what.accept(world.inputs[event.source % len(world.inputs)])
    except Exception as error:
        world.played.raised.append((world.clock.clock, described(error)))


def plain(value: Any) -> object:
    """A value as something that can be compared and printed."""
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    if isinstance(value, Notification):
        return shown(value)
    if isinstance(value, Timestamp):
        return "Timestamp", plain(value.value), value.timestamp
    return described(value) if isinstance(value, Exception) else value


def shown(notification: Notification[Any]) -> str:
    """A notification as something that can be compared and printed."""
    if isinstance(notification, OnNext):
        return f"OnNext({plain(notification.value)})"
    return f"OnError({described(notification.exception)})" if isinstance(notification, OnError) else "OnCompleted()"


def described(error: Exception) -> str:
    """An error as something that can be compared and printed."""
    if isinstance(error, TimeoutError) or error.args == ("Timeout",):
        return "timed out"  # theirs is a plain Exception, ours a TimeoutError
    return f"Boom({error})" if isinstance(error, Boom) else type(error).__name__


VALUES: list[Notification[int]] = [OnNext(number) for number in range(8)]
ENDS: list[Notification[int]] = [OnCompleted(), OnError(Boom("script"))]
# Two of three events go into the first source, and about one of twelve is an end.
_EVENTS = [
    *(Event(gap, 0, what) for what in VALUES for gap in (1, 0, 2, 4)),
    *(Event(gap, 1 + number % 5, what) for number, what in enumerate(VALUES * 2) for gap in (1, number % 3)),
    *(Event(gap, source, what) for source, gap in ((0, 3), (1, 0), (2, 1)) for what in ENDS),
]
LEAVES: tuple[Notification[int] | None, ...] = (None,)
SENDS: tuple[Notification[int] | None, ...] = (*VALUES[:3], *ENDS)


def scripts(
    reactions: tuple[Notification[int] | None, ...] = LEAVES, *, late: bool = True
) -> st.SearchStrategy[Script]:
    """Scripts of up to sixteen events; some subscribe late, some dispose early, some have an observer that reacts."""
    event = st.sampled_from(_EVENTS)
    reaction = st.builds(Reaction, st.integers(1, 5), st.sampled_from(reactions))
    return st.builds(
        Script,
        # left to itself hypothesis makes short lists; but to those it may shrink
        st.one_of(st.lists(event, max_size=9), st.lists(event, min_size=9, max_size=16)).map(tuple),
        st.sampled_from([0.0, 0.0, 3.0]) if late else st.just(0.0),
        st.one_of(st.just(END), st.integers(4, 20).map(float)),
        st.one_of(st.none(), reaction),
    )
