"""Firefox and WebKit, driven by WebDriver: the engines of those who do not read in Chromium.

Both come from Debian's or Ubuntu's packages: Firefox is spoken to by its own Marionette, WebKit (the
engine of Safari and of every iPhone) by the driver that its package brings. The commands are those of
the W3C's WebDriver.
"""

import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

SECONDS = 120  # to start, and for the longest script, on a busy machine
FIREFOX = ("firefox-esr", "firefox")
MINIBROWSER = ("webkit2gtk-4.1", "webkitgtk-6.0", "webkit2gtk-4.0")  # folders of the package
PREFERENCES = {  # of Firefox: nothing that it would fetch by itself
    "app.update.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "captivedetect.canonicalURL": "",
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.server": "",
}


class NoEngine(RuntimeError):
    """An engine is not on this machine, or does not start."""


def find_firefox():
    """Path of the Firefox of this machine, None if there is none that can be driven."""
    from browser import is_snap

    found = (shutil.which(name) for name in FIREFOX)
    return next((path for path in found if path and not is_snap(path)), None)


def find_webkit():
    """Paths of WebKit's driver and of its small browser, None if either is missing."""
    driver = shutil.which("WebKitWebDriver")
    places = [p for name in MINIBROWSER for p in Path("/usr/lib").glob(f"*/{name}/MiniBrowser")]
    places += [p for name in MINIBROWSER for p in Path("/usr/libexec").glob(f"{name}/MiniBrowser")]
    return (driver, str(places[0])) if driver and places else None


def find_xvfb():
    """Path of the screen that nobody sees, on which WebKit draws; None if there is none."""
    return shutil.which("Xvfb")


class Driver:
    """A window of a browser; `send(command, way, path, body)` gives what WebDriver answers.

    `name` and `version` say which browser it is.
    """

    def __init__(self, name, version, send):
        self.name, self.version, self.send = name, version, send

    def open(self, address):
        """Go to an address and wait until the page is loaded."""
        self.send("Navigate", "POST", "url", {"url": address})

    def run(self, script, *arguments):
        """What a function's body of JavaScript returns; of a promise, what it is kept with."""
        body = {"script": script, "args": list(arguments)}
        return self.send("ExecuteScript", "POST", "execute/sync", body)

    def size(self, width, height):
        """Make the page, not the window around it, this many pixels wide and high."""
        for _ in range(3):
            inner = self.run("return [innerWidth, innerHeight]")
            if inner == [width, height]:
                return
            now = self.send("GetWindowRect", "GET", "window/rect", None)
            rect = {
                "width": now["width"] + width - inner[0],
                "height": now["height"] + height - inner[1],
            }
            self.send("SetWindowRect", "POST", "window/rect", rect)
            time.sleep(0.3)
        raise NoEngine(f"{self.name} can't be made {width} × {height}, it is {inner}")

    def click(self, selector):
        """Click on the first element that a selector finds."""
        element = self._find(selector)
        self.send("ElementClick", "POST", f"element/{element}/click", {"id": element})

    def keys(self, selector, text):
        """Type into the first element that a selector finds; arrows and Enter as WebDriver has them."""
        body = {"id": self._find(selector), "text": text}
        self.send("ElementSendKeys", "POST", f"element/{body['id']}/value", body)

    def _find(self, selector):
        found = self.send(
            "FindElement", "POST", "element", {"using": "css selector", "value": selector}
        )
        return next(iter(found.values()))

    def picture(self):
        """What is seen of the page, as PNG."""
        answer = self.send("TakeScreenshot", "GET", "screenshot", None)
        return base64.b64decode(answer)


# -- Firefox --------------------------------------------------------------------------------------


class Marionette:
    """Firefox's own way of being driven: JSON over a socket, each message after its length."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self.file = self.socket.makefile("rb")
        self.number = 0
        self._read()  # it says what it is

    def _read(self):
        length = b""
        while (sign := self.file.read(1)) != b":":
            if not sign:
                raise NoEngine("Firefox ended")
            length += sign
        return json.loads(self.file.read(int(length)))

    def send(self, command, _way, _path, body):
        self.number += 1
        name = command if ":" in command else f"WebDriver:{command}"
        text = json.dumps([0, self.number, name, body or {}]).encode()
        self.socket.sendall(b"%d:%s" % (len(text), text))
        _, _, error, result = self._read()
        if error:
            raise RuntimeError(f"{name}: {error['error']}: {error['message']}")
        return result.get("value") if set(result) == {"value"} else result


def free_port():
    """A port that nothing listens to."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def patiently(do, what, process):
    """What `do()` gives as soon as it gives it: NoEngine if the process ends or time is up."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError):
            return do()
        time.sleep(0.1)
    raise NoEngine(f"{what} does not start")


@contextmanager
def running(command, **options):
    """A process with all that it starts, ended afterwards."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        **options,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, 15)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


@contextmanager
def firefox():
    """A running headless Firefox (a Driver).

    Raises
    ------
    NoEngine
        If there is none, or it does not start.
    """
    path = find_firefox()
    if path is None:
        raise NoEngine("no Firefox was found: `make ready` installs it")
    with ExitStack() as stack:
        home = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="firefox-", ignore_cleanup_errors=True)
        )
        port = free_port()
        wanted = {**PREFERENCES, "marionette.port": port}
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in wanted.items()]
        Path(home, "user.js").write_text("".join(lines), "utf-8")
        command = [path, "--headless", "--marionette", "--no-remote", "--profile", home]
        environment = {**os.environ, "HOME": home, "MOZ_CRASHREPORTER_DISABLE": "1"}
        process = stack.enter_context(running(command, env=environment))
        talk = patiently(lambda: Marionette(port), "Firefox", process)
        stack.callback(talk.socket.close)
        told = talk.send("NewSession", "", "", {"strictFileInteractability": False})
        talk.send("SetTimeouts", "", "", {"script": SECONDS * 1000})
        version = told["capabilities"]["browserVersion"]
        yield Driver("Firefox", version, talk.send)


# -- WebKit ---------------------------------------------------------------------------------------


def ask(way, address, body=None):
    """The value of what a driver answers over HTTP."""
    data = None if way == "GET" else json.dumps(body or {}).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    request.method = way
    try:
        with urllib.request.urlopen(request, timeout=2 * SECONDS) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError as error:
        said = json.load(error)["value"]
        raise RuntimeError(f"{address}: {said['error']}: {said['message']}") from None


@contextmanager
def screen():
    """The name of a screen that nobody sees."""
    path = find_xvfb()
    if path is None:
        raise NoEngine("no Xvfb was found: `make ready` installs it")
    ours, its = os.pipe()
    command = [path, "-displayfd", str(its), "-screen", "0", "2000x1600x24", "-nolisten", "tcp"]
    with running(command, pass_fds=[its]):
        os.close(its)
        with os.fdopen(ours) as told:
            number = told.readline().strip()  # when it is there, or has ended
        if not number:
            raise NoEngine("Xvfb does not start")
        yield f":{number}"


@contextmanager
def webkit():
    """A running WebKit on a screen of its own (a Driver).

    Raises
    ------
    NoEngine
        If there is none, or it does not start.
    """
    found = find_webkit()
    if found is None:
        raise NoEngine("no WebKit was found: `make ready` installs it")
    driver, browser = found
    with ExitStack() as stack:
        home = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="webkit-", ignore_cleanup_errors=True)
        )
        environment = {
            **os.environ,
            "HOME": home,
            "XDG_RUNTIME_DIR": home,
            "DISPLAY": stack.enter_context(screen()),
            "GDK_BACKEND": "x11",
            "GTK_A11Y": "none",
            "NO_AT_BRIDGE": "1",
        }
        port = free_port()
        process = stack.enter_context(running([driver, f"--port={port}"], env=environment))
        base = f"http://127.0.0.1:{port}"
        patiently(lambda: ask("GET", f"{base}/status"), "WebKitWebDriver", process)
        options = {"binary": browser, "args": ["--automation"]}
        wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        told = ask("POST", f"{base}/session", wanted)
        session = f"{base}/session/{told['sessionId']}"
        stack.callback(lambda: ask("DELETE", session))
        ask("POST", f"{session}/timeouts", {"script": SECONDS * 1000})

        def send(_command, way, path, body):
            return ask(way, f"{session}/{path}", body)

        yield Driver("WebKit", told["capabilities"]["browserVersion"], send)
