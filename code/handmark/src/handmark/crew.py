"""Processes that do the same for one student after another; what stops one of them stops no other.

A new process a student would import nothing anew but would learn everything anew: nbgrader's queries,
classes and templates take longer to get ready than to use. So a process stays as long as all goes well.
One that ends or takes too long is put away with all it started, and a new one takes its place.
"""

import contextlib
import json
import multiprocessing
import os
import queue
import signal
import threading
from multiprocessing import forkserver

#: What the processes import before they are forked: it takes longer than grading one student.
IMPORTED = ["handmark.grading", "handmark.execute", "handmark.results", "nbgrader.apps"]


class Stopped(Exception):
    """The process ended or took too long; the message says which."""


def ready():
    """Begin to get processes ready, and go on meanwhile."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        _context()
        forkserver.ensure_running()


def each(task, items, *, jobs, seconds, fresh=False):
    """Do a task for each item in other processes, several at once.

    Parameters
    ----------
    task : function of a str
        Of a module, or a `functools.partial` of one; returns what JSON can carry. What it raises
        ends its process.
    items : iterable of str
    jobs : int
        How many processes.
    seconds : float
        Time for one item.
    fresh : bool
        A new process for each item.

    Yields
    ------
    item : str
    value : what the task returned, or a `Stopped`; in the order in which they end
    """
    waiting, done = queue.SimpleQueue(), queue.SimpleQueue()
    items = list(items)
    for item in items:
        waiting.put(item)
    halt = threading.Event()
    threads = [
        threading.Thread(target=_lead, args=(task, waiting, done, seconds, fresh, halt))
        for _ in range(max(1, min(jobs, len(items))))
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in items:
            item, value = done.get()
            if isinstance(value, BaseException) and not isinstance(value, Stopped):
                raise value
            yield item, value
    finally:
        halt.set()
        for thread in threads:
            thread.join()


def _lead(task, waiting, done, seconds, fresh, halt):
    """One thread: hand items to a process, and put away a process that is of no more use."""
    worker = None
    try:
        while not halt.is_set():
            item = waiting.get_nowait()
            worker = worker or _Worker(task)
            try:
                value = worker.ask(item, seconds, halt)
            except Stopped as stopped:
                value, worker = stopped, worker.stop()
            except Exception as error:
                value = error
            if fresh and worker:
                worker = worker.stop()
            done.put((item, value))
    except queue.Empty:
        pass
    except BaseException as error:  # this process is at fault: say so instead of waiting for ever
        done.put((None, error))
    finally:
        if worker:
            worker.stop()


class _Worker:
    """A process and the pipe to it."""

    def __init__(self, task):
        context = _context()
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(task, theirs))
        self.process.start()
        theirs.close()

    def ask(self, item, seconds, halt):
        """What the task returns for an item; raises Stopped."""
        try:
            self.pipe.send_bytes(item.encode())
            for _ in range(max(1, int(seconds))):
                if self.pipe.poll(min(1, seconds)):
                    return json.loads(self.pipe.recv_bytes())
                if halt.is_set():
                    raise Stopped("was broken off")
        except (EOFError, OSError):
            self.process.join(5)
            raise Stopped(f"stopped with exit status {self.process.exitcode}") from None
        raise Stopped(f"took longer than {seconds // 60:.0f} minutes")

    def stop(self):
        """End the process and all that is in its group."""
        self.pipe.close()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()


def _serve(task, pipe):
    """What the process does: answer until the other end of the pipe is closed."""
    os.setsid()
    with contextlib.suppress(EOFError):
        while True:
            item = pipe.recv_bytes().decode()
            pipe.send_bytes(json.dumps(task(item)).encode())


def _context():
    """Start processes from one that has imported nbgrader: that takes longer than the grading."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    return context
