"""The Dagster page in headless Chromium: fixtures for tests of the materialized project."""

import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from synth_assets_tests.small_project import ROOT, environment

_CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
_START_S = 90
_PAGE_MS = 60_000

needs_chromium = pytest.mark.skipif(_CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def server(materialized_project: Path) -> Iterator[str]:
    """Address of a Dagster webserver that shows the project; stopped afterwards."""
    port = free_port()
    program = Path(sys.executable).parent / "dagster-webserver"
    process = subprocess.Popen(
        [program, "--workspace", str(ROOT / "workspace.yaml"), "--host", "127.0.0.1", "--port", str(port)],
        env=environment(materialized_project),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + _START_S
    while True:
        try:
            with urllib.request.urlopen(f"{address}/server_info", timeout=5):
                break
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            assert process.poll() is None, "the webserver ended"
            assert time.monotonic() < deadline, "the webserver did not answer"
            time.sleep(0.3)
    yield address
    process.send_signal(signal.SIGINT)
    process.wait(timeout=30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        chromium = playwright.chromium.launch(executable_path=_CHROMIUM, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1600, "height": 1000})
    opened.set_default_timeout(_PAGE_MS)
    yield opened
    opened.close()
