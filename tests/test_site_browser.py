"""The built pages in a browser: pictures show, light and dark, nothing is clipped, nothing is asked of another host.

The browser is the Chromium of the distribution, through its command line; $CHROMIUM names another one. It reads the
pages from a server on this machine, one after the other in a frame, and sends what it saw to that server.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from typing import Any, TypeAlias

import pytest
from typing_extensions import override

from docs.places import all_pages
from tests.site import SITE, require_site

pytestmark = pytest.mark.real_time

Report: TypeAlias = dict[str, Any]
"""What the browser saw of one page."""

NAMES = ("chromium", "chromium-browser", "chromium-headless-shell", "google-chrome")
PATIENCE = 100
"""How long the browser may take for all pages (seconds)."""

CASE = r"""<!doctype html><meta charset="utf-8"><iframe width="1200" height="900"></iframe><script>
const frame = document.querySelector("iframe");

function light(color) { // relative luminance, as WCAG has it
  const [r, g, b] = color.match(/[\d.]+/g).slice(0, 3)
    .map(Number).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function clipped(svg) { // texts that reach out of the picture, or into one another
  const all = svg.getBoundingClientRect(), found = [], boxes = [];
  for (const text of svg.querySelectorAll("text")) {
    const box = text.getBoundingClientRect();
    if (box.left < all.left - 1 || box.right > all.right + 1 || box.top < all.top - 1 || box.bottom > all.bottom + 1)
      found.push(`outside: ${text.textContent}`);
    for (const [other, name] of boxes) {
      const wide = Math.min(box.right, other.right) - Math.max(box.left, other.left);
      const high = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
      if (wide > 1 && high > 0.4 * box.height) found.push(`overlap: ${name} / ${text.textContent}`);
    }
    boxes.push([box, text.textContent]);
  }
  return found;
}

async function look(page) {
  await new Promise(done => { frame.onload = done; frame.src = "/" + page + ".html"; });
  const inside = frame.contentDocument, view = frame.contentWindow, report = {page, faults: []};
  inside.querySelectorAll("img").forEach(image => { image.loading = "eager"; });
  for (const image of inside.images)
    await image.decode().catch(() => report.faults.push(`does not show: ${image.getAttribute("src")}`));
  const drawn = [...inside.querySelectorAll("svg.ac")];
  report.pictures = drawn.length + inside.images.length;
  for (const svg of drawn) {
    const box = svg.getBoundingClientRect(), name = svg.getAttribute("aria-label");
    if (box.width < 40 || box.height < 20) report.faults.push(`no size: ${name}`);
    if (inside.documentElement.scrollWidth > 1200) report.faults.push(`the page is wider than its window: ${name}`);
    report.faults.push(...clipped(svg).map(what => `${what} in ${name}`));
  }
  const main = view.getComputedStyle(inside.querySelector("article"));
  report.themes = {};
  for (const theme of ["light", "dark"]) {
    inside.body.dataset.theme = theme;
    const behind = view.getComputedStyle(inside.body).backgroundColor;
    report.themes[theme] = behind;
    for (const text of inside.querySelectorAll("svg.ac text")) {
      const own = contrast(view.getComputedStyle(text).fill, behind);
      if (own < 4.5) report.faults.push(`${theme}: hard to read (${own.toFixed(1)}): ${text.textContent}`);
    }
  }
  report.outside = view.performance.getEntriesByType("resource").map(one => one.name)
    .filter(name => !name.startsWith("data:") && new URL(name).origin !== location.origin);
  report.text = inside.querySelector("article").innerText.length;
  return report;
}

(async () => {
  for (const page of PAGES)
    await fetch("/report", {
      method: "POST",
      body: JSON.stringify(await look(page).catch(error => ({page, faults: [String(error)]}))),
    });
})();
</script>"""


class _Server(SimpleHTTPRequestHandler):
    """The built pages, the page that looks at them, and the place for what it saw."""

    def __init__(self, *args: Any, reports: Queue[Report], case: str, **named: Any) -> None:
        self._reports, self._case = reports, case
        super().__init__(*args, **named)

    @override
    def do_GET(self) -> None:
        if self.path != "/case":
            super().do_GET()
            return
        content = self._case.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self) -> None:
        self._reports.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    @override
    def log_message(self, format: str, *args: Any) -> None:
        pass


def chromium() -> str:
    """The browser, or a skip that says why there is none."""
    found = next((path for name in (os.environ.get("CHROMIUM"), *NAMES) if name and (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no browser here: none of {', '.join(NAMES)} is on the PATH, and $CHROMIUM names none")
    return found


def seen(folder: Path, pages: list[str], profile: Path) -> Iterator[Report]:
    """What the browser says of each page."""
    reports: Queue[Report] = Queue()
    case = CASE.replace("PAGES", json.dumps(pages))
    handler = partial(_Server, directory=str(folder), reports=reports, case=case)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    command = [
        chromium(),
        "--headless",
        "--no-sandbox",  # of our own pages only, and CI often runs as root
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--remote-debugging-port=0",  # it stays, until it is told to go
        f"--user-data-dir={profile}",
        f"http://127.0.0.1:{server.server_port}/case",
    ]
    browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for page in pages:
            try:
                yield reports.get(timeout=PATIENCE)
            except Empty:
                pytest.fail(f"the browser said nothing of {page} in {PATIENCE} s")
    finally:
        browser.kill()
        browser.wait()
        server.shutdown()
        thread.join()
        server.server_close()


def test_all_pages_show_in_a_browser(tmp_path: Path) -> None:
    require_site()
    chromium()
    reports = list(seen(SITE, all_pages(), tmp_path))
    assert {report["page"]: report["faults"] for report in reports if report["faults"]} == {}
    assert [report["page"] for report in reports] == all_pages()
    for report in reports:
        assert report["outside"] == [], report["page"]
        assert report["text"] > 100, report["page"]
        assert report["themes"]["light"] != report["themes"]["dark"]
    pictures = {report["page"]: report["pictures"] for report in reports}
    assert pictures["README"] >= 1
    assert pictures["docs/benchmarks"] >= 1
    assert pictures["docs/concepts"] >= 4
    assert pictures["docs/operators"] > 50


BROKEN = """<!doctype html><style>body { background: white } body[data-theme=dark] { background: black }</style>
<body><article>
<img src="gone.png"><img src="http://127.0.0.2:9/p.png">
<svg xmlns="http://www.w3.org/2000/svg" class="ac" aria-label="a" viewBox="0 0 100 40" width="100" height="40">
<text x="5" y="20" fill="black">one</text><text x="8" y="20" fill="black">two</text>
<text x="80" y="35">far too long</text>
</svg></article>"""


def test_the_browser_finds_what_is_broken(tmp_path: Path) -> None:
    chromium()
    site = tmp_path / "site"
    site.mkdir()
    (site / "a.html").write_text(BROKEN)
    (report,) = seen(site, ["a"], tmp_path / "profile")
    found = "\n".join(report["faults"])
    for fault in (
        "does not show: gone.png",
        "does not show: http://127.0.0.2:9/p.png",
        "outside: far too long in a",
        "overlap: one / two in a",
        "dark: hard to read (1.0): one",
    ):
        assert fault in found, fault
    assert "light: hard" not in found
    assert report["outside"] == ["http://127.0.0.2:9/p.png"]
