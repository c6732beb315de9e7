"""The parent's side of a contender that runs in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.model import BenchmarkFailed, Figures, Load, Peer, Round

ROOT = Path(__file__).resolve().parent.parent


class IsolatedPeer:
    """A child process that stays for the whole run, so its rounds take turns with everybody's."""

    def __init__(self, peer: Peer, module: str, folder: str) -> None:
        """Start the child. Raises BenchmarkFailed if the contender is there but does not start."""
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-S", str(ROOT / "benchmarks" / "child.py"), str(ROOT / folder), module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._name = peer.name
        self.version = str(self._answer()["version"])
        self.peer = replace(peer, rounds={name: self._round(name) for name in peer.rounds})

    @staticmethod
    def installed(peer: Peer, folder: str) -> bool:
        """Whether the contender is installed in that folder."""
        return (ROOT / folder / peer.module).is_dir()

    def _answer(self) -> dict[str, Any]:
        line = self._child.stdout.readline() if self._child.stdout is not None else ""
        if not line:
            raise BenchmarkFailed(f"{self._name}: its process ended")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise BenchmarkFailed(f"{self._name}: {answer['error']}")
        return answer

    def _round(self, workload: str) -> Round:
        async def ask(load: Load) -> Figures:
            if self._child.stdin is None:
                raise BenchmarkFailed(f"{self._name}: its process has no input")
            request = {"workload": workload, "consumers": load.consumers, "events": load.events}
            self._child.stdin.write(json.dumps(request) + "\n")
            self._child.stdin.flush()
            figures: Figures = self._answer()["figures"]
            return figures

        return ask

    def close(self) -> None:
        """End the child: it stops when its input does."""
        self._child.communicate(timeout=10)
