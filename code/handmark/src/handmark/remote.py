"""Call a student's function from another process, exchanging data and nothing else.

Tests that run in the student's process can be tampered with: the student's code can patch
`numpy.testing`, rewrite the syntax tree of later cells or return an object that equals everything.
Here two kernels run. The student's kernel holds the student's cells, the judge's kernel holds the
tests, and between them passes JSON: numbers, texts, arrays, lists and dictionaries, nothing that
could bring code along.

Legend
------
student     the process that holds the student's code; it answers requests (`serve`)
judge       the process that holds the tests; it asks (`Judge`)
reference   a function of `handgrad` or `numpy`, passed by name (from judge to student only)
callback    a function of the judge's that the student's code may call while it answers
"""

import ast
import base64
import builtins
import importlib
import json
import socket
import struct
import sys
import time
import traceback
from collections import deque
from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from decimal import Decimal
from fractions import Fraction

import numpy as np

MAX_MESSAGE = 64_000_000  # bytes of one message
MAX_ITEMS = 100_000  # items taken from a generator
MAX_BITS = 30_000  # of a number that a power in a sympy expression stands for
SECONDS_A_CALL = 20.0  # time one call of a student's function may take
PLAIN = (type(None), bool, int, str)
SEVERAL = (range, deque, Iterator, KeysView, ValuesView, ItemsView)  # arrive as a list
SYMPY_NAMES = frozenset(
    "Add Mul Pow Integer Rational Float Symbol Function Derivative Tuple Equality Heaviside Sum "
    "exp log tanh sinh cosh sqrt sin cos tan atan Abs Max Min sign Half One Zero NegativeOne "
    "Piecewise StrictLessThan LessThan StrictGreaterThan GreaterThan Exp1 Pi "
    "BooleanTrue BooleanFalse true false".split()
)


class NotData(TypeError):
    """Something that is not data was to be sent or was received."""


class StudentTimeout(Exception):
    """A student's function did not return in time."""


class StudentGone(Exception):
    """The student's process no longer answers."""


# -- values to JSON and back ----------------------------------------------------------------------


def pack(value, callbacks=None):
    """Turn `value` into something that JSON can carry.

    Parameters
    ----------
    value : None, bool, number, str, array, list, tuple, dict, set, generator or sympy expression
        Numbers of numpy stay numbers of numpy, so that a function finds the methods and the
        precision that it has in the notebook; fractions and decimals become floats.
    callbacks : dict or None
        Where functions are registered, number -> function; None: functions are refused.

    Raises
    ------
    NotData
        For anything else; the message names the type.
    """
    if type(value) in PLAIN:
        return value
    if isinstance(value, (np.bool_, np.number)):
        number = np.asarray(value)
        return {"number": [number.dtype.str, base64.b64encode(number.tobytes()).decode()]}
    if isinstance(value, int):
        return int(value)
    if isinstance(value, (float, Fraction, Decimal)):
        return {"float": float(value).hex()}
    if isinstance(value, complex):
        return {"complex": [complex(value).real.hex(), complex(value).imag.hex()]}
    if isinstance(value, np.ndarray):
        array = np.ascontiguousarray(value)
        if array.dtype.kind == "O" and array.size <= MAX_ITEMS:
            array = _floats(array, value)
        if array.dtype.kind not in "biufcU":
            raise NotData(f"an array of dtype {value.dtype}; expected an array of numbers")
        if array.nbytes > MAX_MESSAGE // 2:
            raise NotData(f"an array of {array.nbytes // 10**6} MB of data")
        data = base64.b64encode(array.tobytes()).decode()
        return {"array": [array.dtype.str, list(value.shape), data]}
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, dict):
        return {"dict": [[pack(k, callbacks), pack(v, callbacks)] for k, v in dict.items(value)]}
    if isinstance(value, (tuple, list, set, frozenset)):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [pack(item, callbacks) for item in value]}
    if isinstance(value, np.random.Generator):
        return {
            "generator": [
                type(value.bit_generator).__name__,
                pack(value.bit_generator.state, callbacks),
            ]
        }
    if isinstance(value, SEVERAL):
        items = []
        for item in value:
            if len(items) == MAX_ITEMS:
                raise NotData(f"a generator of more than {MAX_ITEMS} items")
            items.append(pack(item, callbacks))
        return {"list": items}
    if _is_sympy(value):
        return {"sympy": sys.modules["sympy"].srepr(value)}
    if callable(value) and callbacks is not None:
        return _pack_function(value, callbacks)
    raise NotData(
        f"an object of type {type(value).__name__}; expected numbers, texts, arrays, "
        "lists, tuples or dictionaries"
    )


def _floats(array, value):
    """An array of fractions or decimals as one of floats."""
    if all(isinstance(item, (int, float, Fraction, Decimal)) for item in array.flat):
        return array.astype(float)
    raise NotData(f"an array of dtype {value.dtype}; expected an array of numbers")


def _is_sympy(value):
    """Is this a sympy expression? Does not import sympy, which takes long."""
    return "sympy" in sys.modules and isinstance(value, sys.modules["sympy"].Basic)


def _pack_function(function, callbacks):
    module, name = getattr(function, "__module__", ""), getattr(function, "__qualname__", "")
    if (module or "").split(".")[0] in ("handgrad", "numpy") and name.isidentifier():
        if getattr(importlib.import_module(module), name, None) is function:
            return {"reference": [module, name]}
    number = len(callbacks)
    callbacks[number] = function
    return {"callback": number}


def unpack(packed, call_back=None):
    """Undo `pack`. With `call_back` None (the judge's side) only data is accepted."""
    if type(packed) in PLAIN:
        return packed
    if not (isinstance(packed, dict) and len(packed) == 1):
        raise NotData("a malformed message")
    ((kind, body),) = packed.items()
    if kind == "float":
        return float.fromhex(body)
    if kind == "complex":
        return complex(*map(float.fromhex, body))
    if kind == "number":
        dtype = np.dtype(str(body[0]))
        if dtype.kind not in "biufc":
            raise NotData(f"a number of dtype {dtype}")
        return np.frombuffer(base64.b64decode(body[1]), dtype)[0]
    if kind == "array":
        dtype = np.dtype(str(body[0]))
        if dtype.kind not in "biufcU":
            raise NotData(f"an array of dtype {dtype}")
        return np.frombuffer(base64.b64decode(body[2]), dtype).reshape(body[1]).copy()
    if kind == "dict":
        return {unpack(k, call_back): unpack(v, call_back) for k, v in body}
    if kind in ("tuple", "list"):
        return (tuple if kind == "tuple" else list)(unpack(item, call_back) for item in body)
    if kind == "sympy":
        return read_sympy(str(body))
    if kind == "generator" and body[0] == "PCG64":
        generator = np.random.Generator(np.random.PCG64())
        generator.bit_generator.state = unpack(body[1])
        return generator
    if call_back is not None and kind == "reference":
        module, name = body
        return getattr(importlib.import_module(module), name)
    if call_back is not None and kind == "callback":
        return lambda *args, **kwargs: call_back(body, args, kwargs)
    raise NotData(f"a value of kind {kind!r}")


def read_sympy(text):
    """Read the text that `sympy.srepr` writes, without `eval`: names from a fixed list only.

    Raises
    ------
    NotData
        If the text holds anything but calls of the names in `SYMPY_NAMES` and constants.
    """
    import sympy

    def build(node):
        if isinstance(node, ast.Constant) and type(node.value) in (int, str, bool, float):
            return node.value
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -build(node.operand)
        if isinstance(node, ast.Name) and node.id == "ExprCondPair":
            return sympy.Tuple
        if isinstance(node, ast.Name) and node.id in SYMPY_NAMES | {"pi", "E"}:
            return getattr(sympy, node.id)
        if isinstance(node, ast.Call):
            function = build(node.func)
            for argument in [*node.args, *[k.value for k in node.keywords]]:
                # a text as an argument would be parsed, that is evaluated, by sympify
                is_text = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
                if is_text and function not in (sympy.Symbol, sympy.Function, sympy.Float):
                    raise NotData("a text inside a sympy expression")
            values = [*map(build, node.args)]
            if function is sympy.Pow and _bits(sympy, *values) > MAX_BITS:
                raise NotData("a very large power")
            return function(*values, **{k.arg: build(k.value) for k in node.keywords})
        raise NotData("a sympy expression with unusual parts")

    if len(text) > 100_000:
        raise NotData("a very long sympy expression")
    return build(ast.parse(text, mode="eval").body)


def _bits(sympy, base, exponent, *_):
    """About how many bits the number has that sympy makes of a power of numbers; 0 for other powers."""
    if not (isinstance(base, sympy.Rational) and isinstance(exponent, sympy.Rational)):
        return 0
    return abs(exponent) * max(abs(number).bit_length() for number in (int(base.p), int(base.q)))


# -- messages over a socket -----------------------------------------------------------------------


def send(sock, message):
    """Send one message: its length (8 bytes), then JSON."""
    data = json.dumps(message).encode()
    if len(data) > MAX_MESSAGE:
        raise NotData(f"{len(data) // 10**6} MB of data; at most {MAX_MESSAGE // 10**6} MB")
    sock.sendall(struct.pack("!Q", len(data)) + data)


def receive(sock, deadline=None):
    """Receive one message; raises StudentTimeout after `deadline` (of `time.monotonic`)."""
    (length,) = struct.unpack("!Q", _read(sock, 8, deadline))
    if length > MAX_MESSAGE:
        raise NotData(f"{length // 10**6} MB of data; at most {MAX_MESSAGE // 10**6} MB")
    return json.loads(_read(sock, length, deadline))


def _read(sock, count, deadline):
    data = bytearray()
    while len(data) < count:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise StudentTimeout
            sock.settimeout(left)
        try:
            piece = sock.recv(min(count - len(data), 1_000_000))
        except TimeoutError:
            raise StudentTimeout from None
        if not piece:
            raise StudentGone
        data += piece
    return bytes(data)


# -- the student's side ---------------------------------------------------------------------------


def serve(path, names):
    """Answer the judge's requests until it hangs up (runs in the student's kernel).

    Parameters
    ----------
    path : str
        Socket of the judge.
    names : dict
        The student's variables, name -> object.
    """
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(path)
        while True:
            try:
                request = receive(sock)
                send(sock, _answered(sock, request, names))
            except (StudentGone, OSError):  # the judge has hung up
                return


def _answered(sock, request, names):
    """The answer to a request, whatever the student's code does."""
    try:
        answer = _answer(sock, request, names)
        if len(json.dumps(answer)) > MAX_MESSAGE:
            raise NotData(f"more than {MAX_MESSAGE // 10**6} MB of data")
        return answer
    except StudentGone:
        raise
    except NotData as error:
        return {"not_data": str(error)}
    except (Exception, SystemExit) as error:
        trace = traceback.format_exception(error)
        own = [line for line in trace if __file__ not in line]
        return {"error": [type(error).__name__, str(error)[:2000], "".join(own)[-4000:]]}


def _answer(sock, request, names):
    if "kind" in request:
        name = request["kind"]
        if name not in names:
            return {"value": "missing"}
        value = names[name]
        is_function = callable(value) and not _is_sympy(value)
        return {"value": "function" if is_function else "data"}
    if "get" in request:
        return {"value": pack(names[request["get"]])}

    def call_back(number, args, kwargs):
        send(sock, {"call_back": [number, pack(args), pack(kwargs)]})
        return unpack(receive(sock)["value"], call_back)

    name, args, kwargs = request["call"]
    result = names[name](*unpack(args, call_back), **unpack(kwargs, call_back))
    return {"value": pack(result)}


# -- the judge's side -----------------------------------------------------------------------------


class Judge:
    """The judge's end: listens, and stands in for the names that the student defined.

    Parameters
    ----------
    path : str
        Socket to listen on.
    seconds : float
        Time that one call may take.
    """

    def __init__(self, path, seconds=SECONDS_A_CALL):
        self.seconds = seconds
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        self.sock = None

    def open(self, names, seconds=10.0):
        """Wait for the student's process, then return name -> stand-in or value for `names`.

        Names that the student did not define are left out, so that the test meets a NameError.
        """
        self.listener.settimeout(seconds)
        try:
            self.sock, _ = self.listener.accept()
        except TimeoutError:
            raise StudentGone("the notebook's kernel does not answer") from None
        found = {}
        for name in names:
            kind = self.ask({"kind": name})
            if kind == "function":
                found[name] = self.function(name)
            elif kind == "data":
                found[name] = unpack(self.ask({"get": name}, what=name))
        return found

    def close(self):
        """Hang up; the student's side then returns from `serve`."""
        if self.sock is not None:
            self.sock.close()
            self.sock = None

    def function(self, name):
        """A stand-in that calls the student's function `name` in the student's process."""

        def stand_in(*args, **kwargs):
            callbacks = {}
            request = {"call": [name, pack(args, callbacks), pack(kwargs, callbacks)]}
            answer = self.ask(request, what=name, callbacks=callbacks)
            try:
                return unpack(answer)
            except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
                raise NotData(f"`{name}` sent something that is not data: {error}") from None

        stand_in.__name__ = stand_in.__qualname__ = name
        return stand_in

    def ask(self, request, what="the notebook", callbacks=None):
        """Send a request, answer the callbacks it causes, return the packed value."""
        deadline = time.monotonic() + self.seconds
        try:
            if self.sock is None:
                raise StudentGone
            send(self.sock, request)
            answer = receive(self.sock, deadline)
            while "call_back" in answer:
                number, args, kwargs = answer["call_back"]
                value = callbacks[number](*unpack(args), **unpack(kwargs))
                send(self.sock, {"value": pack(value)})
                answer = receive(self.sock, deadline)
        except StudentTimeout:
            self.close()
            raise StudentTimeout(
                f"`{what}` had not returned after {self.seconds:g} s: "
                "is there a loop that never ends?"
            ) from None
        except (StudentGone, OSError):
            self.close()
            raise StudentGone("the notebook's kernel has stopped or does not answer") from None
        except (ValueError, KeyError, IndexError, RecursionError, NotData) as error:
            self.close()
            raise NotData(f"`{what}` sent something that is not data: {error}") from None
        if "not_data" in answer:
            raise NotData(f"`{what}` returned {str(answer['not_data'])[:300]}")
        if "error" in answer:
            raise _student_error(*map(str, answer["error"][:3]))
        return answer.get("value")


def _student_error(name, message, trace):
    """The student's exception as one of ours: built-in types keep their type."""
    kind = getattr(builtins, name, None)
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        kind, message = RuntimeError, f"{name}: {message}"
    try:
        error = kind(message)
    except TypeError:  # some built-in exceptions want more arguments (UnicodeDecodeError)
        error = RuntimeError(f"{name}: {message}")
    error.student_trace = trace
    return error


def free_names(source):
    """Names that a cell reads and does not define itself: what a test wants from the student."""
    tree = ast.parse(source)
    read, bound = set(), set(dir(builtins))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            bound.add(node.name)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bound.add(node.name)
    return sorted(read - bound)
