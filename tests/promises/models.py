"""What ought to happen, said as simply as can be: lists and counters, nothing shared, nothing lazy.

A `Model` is told a trace step by step. It knows what each consumer has pending under its policy, who waits, and where
there is room; and it fails where a consumer is given another event than the model would give it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.promises.actors import key_of, weight
from tests.promises.trace import (
    Called,
    Closed,
    CutOff,
    Ended,
    Event,
    Filtered,
    Got,
    Happening,
    Missed,
    Opened,
    Pushed,
    Raised,
    Returned,
    Suspended,
    Waiting,
    Woken,
)
from tests.promises.worlds import ConsumerSpec, StageName, World

TAKEN = 4
"""How many events the stage "take" lets through."""


@dataclass
class Shelf:
    """What one consumer has pending, and its ledger."""

    spec: ConsumerSpec
    capacity: int
    pending: list[Event] = field(default_factory=list)
    in_hand: list[Event] = field(default_factory=list)
    """What its filter has let through, on the way to its reader."""
    sent: int = 0
    delivered: int = 0
    dropped: int = 0
    filtered: int = 0
    missed: int = 0
    """Dropped, and not told yet (policy "fail")."""
    waits: int = 0
    peak: int = 0
    closed: bool = False
    error: Exception | None = None
    """What its sources failed with."""
    cut: bool = False
    """Whether it was closed before its sources ended."""
    finished: bool = False
    """Whether its pipeline completed or failed, so that nothing more comes."""

    def put(self, event: Event) -> None:
        """An event is sent to this consumer."""
        if self.closed or self.finished:
            return
        self.sent += 1
        if self.spec.policy == "drop_newest" and len(self.pending) >= self.capacity:
            self.dropped += 1
            return
        if self.spec.policy == "conflate":
            for place, older in enumerate(self.pending):
                if key_of(older) == key_of(event):
                    self.pending[place] = event
                    self.dropped += 1
                    return
        self.pending.append(event)
        if self.spec.policy != "block" and len(self.pending) > self.capacity:
            del self.pending[0]
            self.dropped += 1
            self.missed += self.spec.policy == "fail"
        self.peak = max(self.peak, len(self.pending))

    def push(self, event: Event) -> None:
        """Its pipeline hands it an event, perhaps the last that the stage "take" lets through."""
        self.put(event)
        if self.spec.stages[-1:] == ("take",) and self.sent == TAKEN:
            self.finished = True

    def tell(self, count: int) -> None:
        """A reader is told how many events it missed."""
        assert self.missed == count > 0
        self.missed = 0

    def take(self, events: tuple[Event, ...]) -> None:
        """A reader got these events."""
        assert not self.closed, "a closed consumer was read"
        assert not self.missed, "it was not told that it missed events"
        source = self.in_hand if self.spec.filtered else self.pending
        assert tuple(source[: len(events)]) == events
        del source[: len(events)]
        assert not self.in_hand
        self.delivered += len(events)

    def judge(self, event: Event, kept: bool | None) -> None:
        """Its filter saw the event that is its turn."""
        assert self.pending[:1] == [event]
        del self.pending[0]
        if kept:
            self.in_hand.append(event)
        else:
            self.filtered += 1

    def close(self, over: bool) -> None:
        self.closed = True
        self.cut = not over
        self.dropped += len(self.pending)
        self.pending.clear()

    @property
    def full(self) -> bool:
        """Whether senders wait for it."""
        return self.spec.policy == "block" and not self.closed and len(self.pending) >= self.capacity


class Model:
    """The state of a world, as of the steps it was told."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sent: list[list[Event]] = [[] for _ in world.channels]
        self.unseen = [0 for _ in world.channels]
        """Events let go before a first consumer came; only known once one has."""
        self.warm = [True for _ in world.channels]
        self.ended: list[Ended | None] = [None for _ in world.channels]
        self.shelves: dict[int, Shelf] = {}
        self.came: dict[int, list[Event]] = {}
        """What each pipeline was fed."""
        self.calls: dict[int, Called] = {}
        self.waiting: list[list[int]] = [[] for _ in world.channels]
        """The calls that are suspended, in the order they were made."""
        self.readers: dict[tuple[int, int], None] = {}
        """The readers that wait."""
        self.sender_waits = [0 for _ in world.channels]

    def kept(self, channel: int) -> list[Event]:
        """What a consumer that subscribes now is given: the warm-up if it is the first, else the replay."""
        spec = self.world.channels[channel]
        count = max(spec.capacity, spec.replay) if self.warm[channel] else spec.replay
        sent = self.sent[channel]
        return sent[max(0, len(sent) - count) :]

    def below(self, channel: int) -> list[Shelf]:
        """The consumers that read a channel, directly or through a pipeline."""
        return [shelf for shelf in self.shelves.values() if channel in shelf.spec.sources]

    def room(self, channel: int) -> bool:
        """Whether a sender need not wait, if it is the only one."""
        return not any(shelf.full and not self.let_go(shelf) for shelf in self.below(channel))

    def let_go(self, shelf: Shelf) -> bool:
        """Whether a pipeline has let go of its channels: nobody waits for its consumer any more."""
        return shelf.finished or self.over(shelf)

    def unread(self) -> list[Shelf]:
        """The consumers with something pending, but for callbacks that were not given the time."""
        late = any(end.how == "stop timeout" for end in self.world.ends)
        return [shelf for shelf in self.shelves.values() if shelf.pending and not (shelf.spec.callback and late)]

    def over(self, shelf: Shelf) -> bool:
        """Whether the sources of a consumer have ended."""
        return shelf.error is not None or all(self.ended[source] is not None for source in shelf.spec.sources)

    def see(self, step: Happening) -> None:
        match step:
            case Called():
                self.calls[step.call] = step
            case Suspended():
                self._suspended(step.call)
            case Returned() | Raised():
                self._answered(step)
            case Opened():
                self._opened(step.consumer)
            case Closed() | CutOff():
                self._closed(step)
            case Pushed():
                self.shelves[step.consumer].push(step.event)
            case Filtered():
                self.shelves[step.consumer].judge(step.event, step.kept)
            case Waiting() | Woken():
                self._slept(step)
            case Got():
                self.shelves[step.consumer].take(step.events)
            case Missed():
                self.shelves[step.consumer].tell(step.count)
            case Ended():
                self._ended(step)
            case _:
                pass

    def _ended(self, end: Ended) -> None:
        if self.ended[end.channel] is None:
            self.ended[end.channel] = end
            for shelf in self.below(end.channel):
                shelf.error = shelf.error or end.error

    def _closed(self, step: Closed | CutOff) -> None:
        shelf = self.shelves[step.consumer]
        over = self.over(shelf)
        assert over or isinstance(step, Closed), "a callback was cut off whose channel has not ended"
        shelf.close(over)

    def _suspended(self, call: int) -> None:
        channel = self.calls[call].channel
        if call not in self.waiting[channel]:
            self.sender_waits[channel] += bool(self.waiting[channel]) or not self.room(channel)
            self.waiting[channel].append(call)

    def _slept(self, step: Waiting | Woken) -> None:
        if isinstance(step, Waiting):
            self.readers[step.consumer, step.reader] = None
            self.shelves[step.consumer].waits += 1
        else:
            del self.readers[step.consumer, step.reader]

    def _answered(self, step: Returned | Raised) -> None:
        call = self.calls[step.call]
        if step.call in self.waiting[call.channel]:
            self.waiting[call.channel].remove(step.call)
        if isinstance(step, Raised):
            return
        self.sent[call.channel].append(call.event)
        for number, shelf in self.shelves.items():
            for source in shelf.spec.sources:
                if source == call.channel:
                    self._feed(number, call.event)

    def _feed(self, number: int, event: Event) -> None:
        shelf = self.shelves[number]
        if shelf.closed:
            return
        if shelf.spec.direct:
            shelf.put(event)
        elif shelf.error is None:
            self.came[number].append(event)

    def _opened(self, number: int) -> None:
        spec = self.world.consumers[number]
        capacity = self.world.channels[spec.sources[0]].capacity if spec.capacity is None else spec.capacity
        self.shelves[number] = Shelf(spec, 1 if spec.policy == "latest" else capacity)
        self.came[number] = []
        given: dict[int, list[Event]] = {}
        for source in spec.sources:
            if source not in given:
                given[source] = self.kept(source)  # the same at each place where it hangs from this channel
            backlog = given[source]
            if self.warm[source]:
                self.warm[source] = False
                self.unseen[source] = len(self.sent[source]) - len(backlog)
            for event in backlog:
                if spec.direct:
                    self.shelves[number].put(event)
                else:
                    self.came[number].append(event)
            end = self.ended[source]
            if end is not None and end.error is not None:
                self.shelves[number].error = end.error
                break  # merged streams end with the first error: nothing is taken from the others
            if not spec.direct and enough(spec.stages, self.came[number]):
                break  # nor is it when somebody below has had all he wants


def enough(stages: tuple[StageName, ...], events: list[Event]) -> bool:
    """Whether a pipeline is complete with these, and its source knows at once."""
    for place, stage in enumerate(stages):
        if stage in {"delay", "rx map"}:  # then the source hears of it later
            return False
        if stage == "take":
            return len(through(stages[:place], events, completed=False)) >= TAKEN
    return False


def through(stages: tuple[StageName, ...], events: list[Event], completed: bool) -> list[Event]:
    """What a pipeline makes of all that came into it."""
    for stage in stages:
        match stage:
            case "even":
                events = [event for event in events if weight(event) % 2 == 0]
            case "map" | "rx map":
                events = [(event,) for event in events]
            case "buffer":
                whole = len(events) if completed else len(events) // 2 * 2
                events = [tuple(events[n : n + 2]) for n in range(0, whole, 2)]
            case "pairwise":
                events = [(events[n - 1], events[n]) for n in range(1, len(events))]
            case "twice":
                events = [event for event in events for _ in range(2)]
            case "take":
                events = events[:TAKEN]
            case "delay":
                pass
    return events
