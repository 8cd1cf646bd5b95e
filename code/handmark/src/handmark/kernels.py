"""A kernel that cannot hang, flood or outlive whoever started it."""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from queue import Empty

from jupyter_client import BlockingKernelClient, KernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbformat.v4 import new_output, output_from_msg

from . import sandbox

MAX_OUTPUT = 200_000  # bytes of output kept of one cell
START_SECONDS = 60  # time a kernel may take to start
INTERRUPT_SECONDS = 5  # time an interrupted cell may take to stop


class KernelDied(Exception):
    """The kernel is gone: it ended itself, was killed or did not react to an interrupt."""


class _OneSpec(KernelSpecManager):
    """Hands out one kernel specification, whatever the name."""

    def __init__(self, argv):
        super().__init__()
        self._spec = KernelSpec(
            argv=argv, display_name="grading", language="python", interrupt_mode="message"
        )

    def get_kernel_spec(self, kernel_name):
        return self._spec


class Kernel:
    """One IPython kernel, in the sandbox or without.

    Parameters
    ----------
    folder : Path
        The kernel's working folder, writable. Modules in it cannot shadow installed ones.
    shared : Path
        Folder of the sockets between the kernels.
    sandboxed : bool
        Run it by bubblewrap.
    """

    def __init__(self, folder, shared, *, sandboxed):
        self.private = Path(tempfile.mkdtemp(prefix="hg-", dir="/tmp"))
        connection = self.private / "c.json"
        argv = [
            sys.executable,
            "-m",
            "ipykernel_launcher",
            "-f",
            str(connection),
            "--InteractiveShellApp.ignore_cwd=True",
            "--HistoryManager.hist_file=:memory:",
        ]
        if sandboxed:
            argv = sandbox.command(argv, folder, mounts=[self.private, shared])
        self.manager = KernelManager(
            transport="ipc",
            ip=str(self.private / "k"),
            connection_file=str(connection),
            kernel_spec_manager=_OneSpec(argv),
            shutdown_wait_time=1,
        )
        home = str(self.private)
        python_path = ":".join(str(path) for path in sandbox.package_folders())
        env = {**sandbox.environment(home), "PYTHONPATH": python_path}
        self.manager.start_kernel(
            cwd=str(folder),
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.client = BlockingKernelClient()
        self.client.load_connection_info(self.manager.get_connection_info())
        self.client.start_channels()
        self.dead = False

    def wait(self):
        """Wait until the kernel answers."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.manager.is_alive():
                break
            try:
                self.client.wait_for_ready(timeout=2)
                return
            except RuntimeError:
                continue
        self.stop()
        raise KernelDied("the kernel did not start")

    def send(self, code):
        """Start to execute `code`; returns the message's number for `collect`."""
        if self.dead:
            raise KernelDied("the kernel had stopped before")
        return self.client.execute(
            code, allow_stdin=False, stop_on_error=False, store_history=False
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
            try:
                message = self.client.get_iopub_msg(timeout=0.02 if status is None else 0.2)
            except Empty:
                message = None
            if message and message["parent_header"].get("msg_id") == number:
                if message["msg_type"] == "status":
                    idle = idle or message["content"].get("execution_state") == "idle"
                else:
                    size = _keep(outputs, message, size)
            if status is None:
                status = self._reply(number)
                if status:
                    deadline = time.monotonic() + INTERRUPT_SECONDS
            if time.monotonic() > deadline:
                if status:  # the reply is there, the end of the output is not
                    break
                if interrupted or not self._interrupt():
                    self.stop()
                    raise KernelDied("the cell did not stop when it was interrupted")
                interrupted, deadline = True, time.monotonic() + INTERRUPT_SECONDS
            if message is None and status is None and not self.manager.is_alive():
                self.stop()
                raise KernelDied("the kernel ended while this cell ran")
        return outputs, "timeout" if interrupted else status

    def run(self, code, seconds):
        """`send` and `collect` in one."""
        return self.collect(self.send(code), seconds)

    def _reply(self, number):
        try:
            while True:
                message = self.client.get_shell_msg(timeout=0)
                if message["parent_header"].get("msg_id") == number:
                    return "ok" if message["content"].get("status") == "ok" else "error"
        except Empty:
            return None

    def _interrupt(self):
        try:
            self.manager.interrupt_kernel()
            return True
        except RuntimeError:
            return False

    def stop(self):
        """End the kernel and all it started, and remove its private folder."""
        if not self.dead:
            self.dead = True
            self.client.stop_channels()
            self.manager.shutdown_kernel(now=True)
            shutil.rmtree(self.private, ignore_errors=True)


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
        outputs.append(new_output("stream", name="stdout", text="[a very large output left out]\n"))
    else:
        outputs.append(output_from_msg(message))
    if size > MAX_OUTPUT:
        outputs.append(
            new_output("stream", name="stdout", text="\n[more output than can be kept: cut here]\n")
        )
    return size
