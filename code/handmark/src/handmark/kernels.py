"""A kernel that cannot hang, flood or outlive whoever started it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import zmq
from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file
from nbformat.v4 import new_output, output_from_msg

from . import sandbox, warm

MAX_OUTPUT = 200_000  # bytes of output kept of one cell
MAX_MESSAGE = 20_000_000  # bytes that a kernel may send in one piece; more is not even received
LEFT_OUT = "[a very large output left out]\n"
START_SECONDS = 60  # time a kernel may take to start
INTERRUPT_SECONDS = 5  # time an interrupted cell may take to stop


class KernelDied(Exception):
    """The kernel is gone: it ended itself, was killed or did not react to an interrupt."""


class Kernel:
    """One IPython kernel, in the sandbox or without.

    Parameters
    ----------
    folder : Path
        The kernel's working folder, writable. Modules in it cannot shadow installed ones.
    shared : Path
        Folder of the socket between the kernels.
    listens : bool
        May it make that socket? Another kernel can connect to it, but not take it away.
    sandboxed : bool
        Run it by bubblewrap.
    nursery : str
        Socket of a process that forks kernels into the sandbox (`warm.nursery`). Empty, or where
        that fails: a new process that imports everything.
    """

    def __init__(self, folder, shared, *, listens=False, sandboxed, nursery=""):
        self.private = Path(tempfile.mkdtemp(prefix="hg-", dir="/tmp"))
        connection = self.private / "c.json"
        _, info = write_connection_file(
            str(connection),
            transport="ipc",
            ip=str(self.private / "k"),
            key=os.urandom(32).hex().encode(),
        )
        self.dead, self.holder, self.process = False, None, None
        mounts = [self.private, *([shared] if listens else [])]
        sees = {"mounts": mounts, "seen": [] if listens else [shared]}
        if sandboxed and nursery:
            order = {
                "argv": ["ipykernel_launcher", *_options(connection)],
                "environment": {
                    **sandbox.environment("/tmp"),
                    "PYTHONPATH": sandbox.python_path(),
                },
            }
            with suppress(warm.NoNursery):
                self.holder = warm.Holder(nursery, order, folder, **sees)
                self.process = self.holder.process
        if self.process is None:
            self.process = _started(connection, folder, sandboxed, sees)
        self.client = BlockingKernelClient()
        self.client.load_connection_info(info)
        self.client.context.setsockopt(zmq.MAXMSGSIZE, MAX_MESSAGE)
        self.client.start_channels(stdin=False, hb=False)
        self.sockets = {
            name: getattr(self.client, f"{name}_channel").socket for name in ("shell", "iopub")
        }
        self.poller = zmq.Poller()
        for channel in self.sockets.values():
            self.poller.register(channel, zmq.POLLIN)

    def alive(self):
        """Does the kernel's process run?"""
        return self.process.poll() is None

    def wait(self):
        """Wait until the kernel answers, and what it prints comes through."""
        if not self._answers(START_SECONDS):
            self.stop()
            raise KernelDied("the kernel did not start")

    def _answers(self, seconds):
        """Does the kernel answer, and does what it prints come through?"""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.alive():
            number = self.client.kernel_info()
            answered = idle = False
            again = time.monotonic() + 2
            while time.monotonic() < again and self.alive():
                for name, message in self._messages(0.1):
                    if message["parent_header"].get("msg_id") == number:
                        answered = answered or name == "shell"
                        idle = idle or name == "iopub"
                if answered and idle:
                    return True
                if answered:  # before this client was heard: ask once more
                    again = min(again, time.monotonic() + 0.2)
        return False

    def _hear_again(self):
        """Connect to the kernel's output anew: a piece beyond `MAX_MESSAGE` ends the connection."""
        channel = self.sockets["iopub"]
        endpoint = channel.getsockopt(zmq.LAST_ENDPOINT)
        with suppress(zmq.ZMQError):  # there is none
            channel.disconnect(endpoint)
        channel.connect(endpoint)
        self._answers(INTERRUPT_SECONDS)

    def _messages(self, seconds):
        """Pairs of channel and message that are there, or come within some seconds; may be empty."""
        found = []
        ready = dict(self.poller.poll(max(0, seconds) * 1000))
        for name, channel in self.sockets.items():
            if channel not in ready:
                continue
            with suppress(ValueError, TypeError, KeyError):  # no message, or of another's key
                for _ in range(20):  # a flood must not hide that time is over
                    _, message = self.client.session.recv(channel)
                    if message is None:
                        break
                    found.append((name, message))
        return found

    def send(self, code, *, silent=False):
        """Start to execute `code`; returns the message's number for `collect`.

        Silent: its last value is not shown, and nothing but what it prints comes back.
        """
        if self.dead:
            raise KernelDied("the kernel had stopped before")
        return self.client.execute(
            code, silent=silent, allow_stdin=False, stop_on_error=False, store_history=False
        )

    def collect(self, number, seconds):
        """Wait for the end of the execution `number`.

        Returns
        -------
        outputs : list of nbformat outputs, at most `MAX_OUTPUT` bytes of them
        status : "ok", "error" or "timeout" (interrupted after `seconds`)

        Raises
        ------
        KernelDied
            If the kernel ends or does not stop when interrupted.
        """
        outputs, size, status, idle = [], 0, None, False
        deadline = time.monotonic() + seconds
        interrupted = False
        while not (status and idle):
            messages = self._messages(min(0.2, deadline - time.monotonic()))
            for name, message in messages:
                if message["parent_header"].get("msg_id") != number:
                    continue
                if name == "shell":
                    status = "ok" if message["content"].get("status") == "ok" else "error"
                    deadline = time.monotonic() + INTERRUPT_SECONDS
                elif message["msg_type"] == "status":
                    idle = idle or message["content"].get("execution_state") == "idle"
                else:
                    size = _keep(outputs, message, size)
            if status and idle:
                break
            if time.monotonic() > deadline:
                if status:  # the reply is there, the end of the output is not
                    outputs.append(new_output("stream", name="stdout", text=LEFT_OUT))
                    self._hear_again()
                    break
                if interrupted:
                    self.stop()
                    raise KernelDied("the cell did not stop when it was interrupted")
                self._interrupt()
                interrupted, deadline = True, time.monotonic() + INTERRUPT_SECONDS
            if not messages and status is None and not self.alive():
                self.stop()
                raise KernelDied("the kernel ended while this cell ran")
        return outputs, "timeout" if interrupted else status

    def run(self, code, seconds, *, silent=False):
        """`send` and `collect` in one."""
        return self.collect(self.send(code, silent=silent), seconds)

    def _interrupt(self):
        self.client.control_channel.send(self.client.session.msg("interrupt_request"))

    def stop(self):
        """End the kernel and all it started, and remove its private folder."""
        if not self.dead:
            self.dead = True
            self.client.stop_channels()
            if self.holder:
                self.holder.stop()
            else:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            shutil.rmtree(self.private, ignore_errors=True)


def _options(connection):
    return [
        "-f",
        str(connection),
        "--InteractiveShellApp.ignore_cwd=True",
        "--HistoryManager.hist_file=:memory:",
        "--Kernel._execute_sleep=0",
    ]


def _started(connection, folder, sandboxed, sees):
    """The process of a new kernel."""
    argv = [sys.executable, "-m", "ipykernel_launcher", *_options(connection)]
    if sandboxed:
        argv = sandbox.command(argv, folder, **sees)
    home = str(connection.parent)
    return subprocess.Popen(
        argv,
        cwd=folder,
        env={
            **sandbox.environment(home),
            "PYTHONPATH": sandbox.python_path(),
            "JPY_PARENT_PID": str(os.getpid()),  # it ends with this process
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _keep(outputs, message, size):
    """Add an output to `outputs` unless they would grow beyond `MAX_OUTPUT`; the new size."""
    if message["msg_type"] not in ("stream", "display_data", "execute_result", "error"):
        return size
    if size > MAX_OUTPUT:
        return size
    content = message["content"]
    if message["msg_type"] == "stream":
        length = len(content.get("text", ""))
        content["text"] = content.get("text", "")[:MAX_OUTPUT]
    else:
        length = sum(len(str(part)) for part in content.get("data", {}).values())
    size += length
    if size > MAX_OUTPUT and message["msg_type"] != "stream":
        outputs.append(new_output("stream", name="stdout", text=LEFT_OUT))
    else:
        outputs.append(output_from_msg(message))
    if size > MAX_OUTPUT:
        outputs.append(
            new_output("stream", name="stdout", text="\n[more output than can be kept: cut here]\n")
        )
    return size
