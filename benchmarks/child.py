"""Runs the rounds of one contender that must not share a process with ours.

Started as ``python -I -S child.py FOLDER MODULE``: nothing but the standard library, FOLDER (where the contender is
installed) and this package is importable, so the repository's own `async_channel` cannot be taken for the legacy
one. Requests and answers are single lines of JSON.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.metadata
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from benchmarks.model import Peer


def _only_this_package() -> None:
    """Make `benchmarks` importable without the repository's root, where our own async_channel lies."""
    package = ModuleType("benchmarks")
    package.__path__ = [str(Path(__file__).parent)]
    sys.modules["benchmarks"] = package


def _from_folder(peer: Peer, folder: Path) -> None:
    """Refuse to measure a namesake."""
    found = importlib.import_module(peer.module).__file__
    if found is None or not Path(found).resolve().is_relative_to(folder):
        raise SystemExit(f"{peer.module} is not the one in {folder.name}")


def main() -> None:
    """Answer requests until standard input ends."""
    folder, module = Path(sys.argv[1]).resolve(), sys.argv[2]
    sys.path.insert(0, str(folder))
    _only_this_package()
    from benchmarks.model import Load

    peer = cast("Peer", importlib.import_module(module).PEER)
    _from_folder(peer, folder)
    answers, sys.stdout = sys.stdout, sys.stderr  # A contender that prints does not garble the answers.
    print(json.dumps({"version": importlib.metadata.version(peer.distribution)}), file=answers, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            load = Load(request["consumers"], request["events"])
            answer: dict[str, object] = {"figures": asyncio.run(peer.rounds[request["workload"]](load), debug=False)}
        except Exception as error:  # whatever it is, the parent reports it
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
