"""Who takes part: which contenders are installed here, in which process each runs, and who is left out and why."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from benchmarks import model
from benchmarks.imports import import_round
from benchmarks.isolated import IsolatedPeer
from benchmarks.model import Peer
from benchmarks.peers import (
    aioreactive_subjects,
    aiostream_streams,
    anyio_streams,
    blinker_signals,
    eventkit_events,
    legacy,
    legacy_documented,
    ours,
    rx,
    standard,
)

OURS, BY_HAND, QUEUE, FUTURE, CALLS = (
    ours.OURS.name,
    ours.PLAIN.name,
    standard.QUEUE.name,
    standard.FUTURE.name,
    standard.CALLS.name,
)
FOLDER = ".bench-legacy"
"""Where the contenders lie that cannot be installed beside ours: a namesake, and one that needs another reactivex."""
LOOP, WORKERS = standard.LOOP.name, standard.WORKERS.name
LEGACY, LEGACY_DOCUMENTED, RX = legacy.PEER.name, legacy_documented.PEER.name, rx.PEER.name

_HERE = (
    ours.OURS,
    ours.PRODUCER,
    ours.SEND_MANY,
    ours.RX_ON_OURS,
    ours.FILTERS,
    ours.IN_ORDER,
    ours.PLAIN,
    standard.QUEUE,
    rx.PEER,
    anyio_streams.PEER,
    aiostream_streams.PEER,
    eventkit_events.PEER,
    blinker_signals.PEER,
)
_APART = (
    (legacy.PEER, legacy.__name__),
    (legacy_documented.PEER, legacy_documented.__name__),
    (aioreactive_subjects.PEER, aioreactive_subjects.__name__),
)
_LIMITS = (
    standard.FUTURE,
    standard.CALLS,
    standard.LOOP,
    standard.ASYNC_LOOP,
    standard.INLINED_LOOP,
    standard.WORKERS,
)
LIMITS = frozenset(peer.name for peer in _LIMITS)
"""Nothing that carries events, but what is held against those who do."""


@dataclass(slots=True)
class Contenders:
    """The peers of one run in the order of the tables, with versions and the notes for those left out."""

    peers: list[Peer] = field(default_factory=list[Peer])
    versions: dict[str, str] = field(default_factory=dict[str, str])
    missing: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, peer: Peer, version: str) -> None:
        """Let `peer` take part."""
        self.peers.append(peer)
        if peer.distribution:
            self.versions[peer.distribution] = version


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution) if distribution else ""
    except importlib.metadata.PackageNotFoundError:
        return "from source"


def _with_import(peer: Peer, folder: str = "") -> Peer:
    """Add the import workload to a peer that is a distribution of its own."""
    if not peer.distribution or peer.name.startswith(" ") or model.IMPORT in peer.absent:
        return peer
    # Ours is a layer over reactivex, so what it adds to that is the question.
    before = "reactivex" if peer.name == OURS else ""
    return replace(peer, rounds={**peer.rounds, model.IMPORT: import_round(peer.module, before, folder)})


@contextmanager
def contenders() -> Generator[Contenders]:
    """All that are installed, the isolated ones in their processes until the context ends."""
    result = Contenders()
    children: list[IsolatedPeer] = []
    try:
        for peer in _HERE:
            if peer.installed():
                result.add(_with_import(peer), _version(peer.distribution))
            else:
                result.missing[peer.name] = "not installed (extra: bench)"
        for peer, module in _APART:
            if IsolatedPeer.installed(peer, FOLDER):
                child = IsolatedPeer(peer, module, FOLDER)
                children.append(child)
                result.add(_with_import(child.peer, FOLDER), child.version)
            else:
                result.missing[peer.name] = f"not installed in {FOLDER} (make bench)"
        for peer in _LIMITS:
            result.add(peer, "")
        yield result
    finally:
        for child in children:
            child.close()
