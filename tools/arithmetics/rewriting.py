"""Bring the nudges into code that knows nothing of them: the book's packages and the cells.

``a @ b`` of numpy's arrays can't be changed from outside, nor can ``x.sum()``. So the source is
changed while it is compiled: every matrix product, every power, and every attribute with the name
of a function that may round differently becomes a call of `Rewritten`. That looks at run time
whether numpy, scipy or Python's own ``math`` is meant. Line numbers stay, and files do.
"""

import ast
import builtins
import importlib.abc
import importlib.machinery
import sys
from functools import partial
from types import ModuleType

import numpy as np

from .nudge import Nudges, several_products, several_terms

NAME = "__rewritten__"
# what is compiled anew: the book's packages, and pure Python of others that does the book's sums
PACKAGES = ("handgrad", "claims", "eqworlds", "handmark", "sklearn.neural_network")

# functions of one number or two whose last digit is the library's
ELEMENTARY = frozenset(
    "exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan arctan2 sinh cosh tanh "
    "arcsinh arccosh arctanh asin acos atan atan2 asinh acosh atanh power pow float_power cbrt "
    "hypot logaddexp logaddexp2 expit logit xlogy xlog1py log_expit softmax log_softmax "
    "logsumexp erf logspace geomspace interp".split()
)
SUMS = frozenset("sum nansum mean nanmean average".split())
# more than one rounding however few terms there are
OTHERS = frozenset(
    "var std nanvar nanstd prod nanprod trace norm det inv pinv solve lstsq eig eigh eigvals "
    "eigvalsh svd qr cholesky cond matrix_power multi_dot polyfit polyval cov corrcoef "
    "convolve correlate einsum tensordot".split()
)
PRODUCTS = frozenset("matmul dot vdot inner".split())
FUNCTIONS = ELEMENTARY | SUMS | OTHERS | PRODUCTS
METHODS = frozenset("sum mean var std prod trace dot".split())
MODULES = frozenset({"numpy", "numpy.linalg", "math", "scipy.special", "scipy.linalg"})
SAME_EVERYWHERE = {-1, 0, 0.5, 1, 2}  # powers that numpy computes by * / and the square root
ATTRIBUTES = FUNCTIONS | {"reduce", "lambdify"}


class Nudged:
    """A function whose results are nudged; all else about it is as it was."""

    def __init__(self, function, name, nudges):
        self.__wrapped__, self._name, self._nudges = function, name, nudges
        self.__name__ = getattr(function, "__name__", name)
        self.__doc__ = function.__doc__

    def __call__(self, *args, **options):
        result = self.__wrapped__(*args, **options)
        where = options.get("where", True)
        if isinstance(result, np.ndarray) and not _owned(result, args, options):
            result = result.copy()
        return self._nudges(result, self._free(args, options, where))

    def _free(self, args, options, where):
        """Which entries of the result may move."""
        try:
            if self._name in PRODUCTS and len(args) > 1:
                return several_products(args[0], args[1]) if self._name != "vdot" else True
            if self._name == "reduce" or self._name in SUMS - {"average"}:
                axis = options.get("axis", args[1] if len(args) > 1 else self._default_axis())
                free = several_terms(args[0], axis, options.get("keepdims", False), where)
                return free
        except (TypeError, ValueError):  # a form that isn't known here: all of it may move
            return True
        # a buffer keeps what it held where the function wasn't computed
        return where

    def _default_axis(self):
        return 0 if self._name == "reduce" else None

    def __getattr__(self, name):
        return getattr(self.__wrapped__, name)

    def __repr__(self):
        return repr(self.__wrapped__)

    def __reduce__(self):
        return (_again, (self.__wrapped__, self._name))


def _again(function, name):
    """A wrapper that comes out of a pickle or a copy."""
    rewritten = getattr(builtins, NAME, None)
    return rewritten.wrapped(function, name) if rewritten else function


def _owned(result, args, options):
    """False if the result is one of the arguments, or a view of it, and not a buffer for it."""
    out = options.get("out")
    if out is not None or result.base is None:
        return out is not None or not any(result is a for a in args)
    return not any(isinstance(a, np.ndarray) and np.may_share_memory(result, a) for a in args)


class Rewritten:
    """What compiled code calls in place of ``@``, ``**`` and the attributes in `ATTRIBUTES`."""

    def __init__(self, seed):
        self.nudges = Nudges(seed)
        self.functions = {}

    def wrapped(self, function, name):
        """The one wrapper of a function: what was the same before is the same still."""
        key = id(function)  # stays its own, since the wrapper holds the function
        if key not in self.functions:
            self.functions[key] = Nudged(function, name, self.nudges)
        return self.functions[key]

    def attribute(self, of, name):
        """``of.name``"""
        found = getattr(of, name)
        if isinstance(of, ModuleType):
            if name == "lambdify" and of.__name__.startswith("sympy"):
                return self.lambdify(found)
            if of.__name__ in MODULES and name in FUNCTIONS:
                return self.wrapped(found, name)
        elif isinstance(of, (np.ndarray, np.generic)):
            if name in METHODS:
                method = self.wrapped(getattr(np.ndarray, name), name)
                array = of if isinstance(of, np.ndarray) else np.asarray(of)
                return partial(method, array)
        elif name == "reduce":
            function = of.__wrapped__ if isinstance(of, Nudged) else of
            if function in (np.add, np.multiply, np.logaddexp):
                return Nudged(found, "reduce" if function is np.add else "prod", self.nudges)
        return found

    def imported(self, module, name, value):
        """What ``from module import name`` gave."""
        known = module in MODULES and name in FUNCTIONS
        return self.wrapped(value, name) if known else value

    def matmul(self, a, b):
        """``a @ b``"""
        result = a @ b
        if isinstance(result, (np.ndarray, np.generic)):
            return self.nudges(result, several_products(a, b))
        return result

    def matmul_in_place(self, a, b):
        """``a @= b``"""
        free = several_products(a, b) if isinstance(a, np.ndarray) else False
        a @= b
        return self.nudges(a, free) if isinstance(a, np.ndarray) else a

    def power(self, a, b):
        """``a ** b``"""
        result = a**b
        if isinstance(b, (int, float, np.number)) and b in SAME_EVERYWHERE:
            return result
        # whole powers of Python's whole numbers and fractions are exact and no floats
        return self.nudges(result)

    def power_in_place(self, a, b):
        """``a **= b``"""
        a **= b
        same = isinstance(b, (int, float, np.number)) and b in SAME_EVERYWHERE
        return a if same else self.nudges(a)

    def total(self, function, *args, **options):
        """``sum(…)``: Python's own, which adds floats in another way from 3.12 on."""
        result = function(*args, **options)
        return self.nudges(result) if function is sum and type(result) is float else result

    def lambdify(self, original):
        """sympy's lambdify, whose functions are nudged too."""

        def lambdify(args, expr, modules=None, **options):
            given = modules if isinstance(modules, (list, tuple)) else [modules or "numpy"]
            known = {
                name: self.wrapped(getattr(np, name), name)
                for name in ELEMENTARY
                if isinstance(getattr(np, name, None), np.ufunc)
            }
            if "numpy" not in given:
                return original(args, expr, modules, **options)
            return original(args, expr, [known, *given], **options)

        return lambdify


class Rewrite(ast.NodeTransformer):
    """The change of the source."""

    def _call(self, old, method, *args):
        function = ast.Attribute(ast.Name(NAME, ast.Load()), method, ast.Load())
        new = ast.Call(function, list(args), [])
        return ast.fix_missing_locations(ast.copy_location(new, old))

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, ast.MatMult):
            return self._call(node, "matmul", node.left, node.right)
        if isinstance(node.op, ast.Pow):
            return self._call(node, "power", node.left, node.right)
        return node

    def visit_AugAssign(self, node):
        self.generic_visit(node)
        method = {ast.MatMult: "matmul_in_place", ast.Pow: "power_in_place"}.get(type(node.op))
        if method is None or not isinstance(node.target, ast.Name):
            return node
        read = ast.Name(node.target.id, ast.Load())
        new = ast.Assign([node.target], self._call(node, method, read, node.value))
        return ast.fix_missing_locations(ast.copy_location(new, node))

    def visit_Attribute(self, node):
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load) and node.attr in ATTRIBUTES:
            return self._call(node, "attribute", node.value, ast.Constant(node.attr))
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "sum":
            called = self._call(node, "total", node.func, *node.args)
            called.keywords = node.keywords
            return called
        return node

    def visit_MatchValue(self, node):
        return node  # a pattern is compared, not computed

    def visit_ImportFrom(self, node):
        names = [a for a in node.names if a.name in FUNCTIONS]
        if node.level or node.module not in MODULES or not names:
            return node
        after = [
            ast.Assign(
                [ast.Name(a.asname or a.name, ast.Store())],
                self._call(
                    node,
                    "imported",
                    ast.Constant(node.module),
                    ast.Constant(a.name),
                    ast.Name(a.asname or a.name, ast.Load()),
                ),
            )
            for a in names
        ]
        return [node, *(ast.fix_missing_locations(ast.copy_location(a, node)) for a in after)]


class Loader(importlib.machinery.SourceFileLoader):
    """Compiles the changed source, past the compiled files that Python keeps."""

    def get_code(self, fullname):
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)

    def source_to_code(self, data, path, **options):
        tree = Rewrite().visit(ast.parse(data, path))
        return compile(tree, path, "exec", dont_inherit=True)


class Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of `PACKAGES` as the others do, and has them compiled anew."""

    def find_spec(self, fullname, path=None, target=None):
        if not any(fullname == p or fullname.startswith(p + ".") for p in PACKAGES):
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                if isinstance(spec.loader, importlib.machinery.SourceFileLoader):
                    spec.loader = Loader(spec.loader.name, spec.loader.path)
                return spec
        return None


def install(seed):
    """Nudge all that is imported from now on.

    Raises
    ------
    RuntimeError
        If a package of the book has been imported already: it would be left as it is.
    """
    early = [name for name in sys.modules if name.split(".")[0] in PACKAGES]
    if early:
        raise RuntimeError(f"imported before the nudges: {', '.join(sorted(early))}")
    rewritten = Rewritten(seed)
    setattr(builtins, NAME, rewritten)
    sys.meta_path.insert(0, Finder())
    return rewritten
