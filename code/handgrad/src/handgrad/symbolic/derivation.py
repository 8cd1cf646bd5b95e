r"""One derivative ∂J/∂w, from the chain rule to a number, stage by stage."""

from itertools import islice, pairwise

import sympy as sp

from handgrad._arrays import as_count

from . import numeric
from .notation import aligned, is_exact, latex, number, product, rounded, supported_digits

J = ("J",)


class Derivation:
    """The derivative of J with respect to one weight or bias of a :class:`DenseGraph`.

    The stages, each LaTeX without delimiters: :meth:`as_partials` (the sum over paths of products
    of named partials), :meth:`as_factors` (each partial worked out), :meth:`as_deltas` (the paths
    collected), :meth:`with_numbers`.  Long sums are cut after ``max_paths`` paths, and the line
    that says so names how many there are.
    """

    LISTED = 10_000  # more paths than this are not put in a list, nor expanded
    SHOWN = 16

    def __init__(self, graph, name):
        self.graph, self.name = graph, name

    def __repr__(self):
        return f"<dJ/d{self.graph.symbol(self.name)}: {self.n_paths} paths>"

    def _repr_latex_(self):
        return rf"$\displaystyle {self._sum_over_paths(self.SHOWN, named=True, worked=True)}$"

    @property
    def n_paths(self):
        """How many paths lead from J to the parameter (from the sizes, without walking them)."""
        return self.graph.count_paths(self.name[1])

    @property
    def paths(self):
        """The paths, each a list of :class:`Partial` from J down to the parameter."""
        self._refuse_many("listed one by one")
        return list(self.walk())

    def walk(self):
        """The paths one after the other, without keeping them."""
        for names in self._down_to(self.name):
            yield [self.graph.edge(top, bottom) for top, bottom in pairwise(names)]

    def _down_to(self, name):
        if name == J:
            yield [J]
            return
        for top in self.graph.tops(name):
            for names in self._down_to(top):
                yield [*names, name]

    def _refuse_many(self, what, limit=LISTED):
        if self.n_paths > limit:
            raise ValueError(
                f"{self.n_paths} paths lead to {self.name}, too many to be {what} "
                f"(at most {limit}): the deltas, as_deltas() and function(), do not "
                "need the paths"
            )

    # -- LaTeX ---------------------------------------------------------------------------------

    @property
    def left(self):
        r"""\frac{\partial J}{\partial w_{11}^2}"""
        return rf"\frac{{\partial J}}{{\partial {latex(self.graph.symbol(self.name))}}}"

    def as_partials(self, max_paths=SHOWN):
        """Sum over the paths of the products of the named partials, nothing worked out."""
        return self._sum_over_paths(max_paths, named=True)

    def as_factors(self, max_paths=SHOWN):
        """The same sum with every partial worked out."""
        return self._sum_over_paths(max_paths, worked=True)

    def _sum_over_paths(self, max_paths, named=False, worked=False):
        def by_name(path):
            return r"\, ".join(p.latex() for p in path)

        def by_value(path):
            return product([self.graph.written(p) for p in path])

        lines = []
        for write in [by_name] * named + [by_value] * worked:
            lines += self._lines(write, max_paths)
        return aligned(self.left, lines)

    def _lines(self, write, max_paths, relation="="):
        """One line a path, and one that says how many are left out."""
        max_paths = as_count("max_paths", max_paths, low=1)
        texts = [write(path) for path in islice(self.walk(), max_paths)]
        lines = [(relation, texts[0])] + [("+", text) for text in texts[1:]]
        if self.n_paths > max_paths:
            lines.append(("+", rf"\cdots \qquad \text{{({max_paths} of {self.n_paths} paths)}}"))
        return lines

    def as_deltas(self, max_lines=24):
        r"""a_i^{l-1} δ_j^l, and under it the recursion of every δ it needs, up to the output.

        Layers above the parameter's are shown whole as long as there are at most ``max_lines``
        deltas in all; else one delta of each layer, and how many there are.
        """
        max_lines = as_count("max_lines", max_lines, low=1)
        g, l = self.graph, self.name[1]
        (z,) = g.tops(self.name)
        rows = [
            (self.left, product([g.partial(z, self.name).value, g.delta(z)])),
            g.delta_line(*z[1:]),
        ]
        above = range(l + 1, g.L + 1)
        whole = 1 + sum(g.sizes[k - 1] for k in above) <= max_lines
        for k in above:
            for j in range(1, (g.sizes[k - 1] if whole else 1) + 1):
                left, right = g.delta_line(k, j)
                if not whole and g.sizes[k - 1] > 1:
                    right += rf" \qquad \text{{(one of {g.sizes[k - 1]} in layer {k})}}"
                rows.append((left, right))
        body = " \\\\\n".join(f"{left} &= {right}" for left, right in rows)
        return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"

    def with_numbers(self, values, *, digits=6, max_paths=SHOWN):
        """The worked-out factors with numbers put in, the paths' values, and the result.

        The result is shown to as many digits as the numbers above it support: who multiplies them
        out gets what is printed.

        Parameters
        ----------
        values : dict
            name -> number for the leaves, as from :meth:`DenseGraph.values`.
        digits : int
            Significant digits shown; "=" turns into "≈" where that rounds something.
        """
        digits = as_count("digits", digits, low=1)
        max_paths = as_count("max_paths", max_paths, low=1)
        g = self.graph
        computed = numeric.compile_steps(g, [*g.forward(), ("d", *self.name)])(values)
        known = [values[name] for name in g.leaves()] + computed[:-1]
        numbers = dict(
            zip(map(g.symbol, [*g.leaves(), *g.forward()]), map(float, known), strict=True)
        )
        shown = {s: rounded(v, digits) for s, v in numbers.items()}
        result = float(computed[-1])

        paths = list(islice(self.walk(), max_paths))
        used = set().union(*(p.value.free_symbols for path in paths for p in path))
        lines = self._lines(
            lambda path: product([p.value for p in path], numbers, digits),
            max_paths,
            _relation(digits, *(numbers[s] for s in used)),
        )
        of_paths = [_multiplied(path, numbers) for path in paths]
        printed = [sum(_multiplied(path, shown) for path in paths)]
        if 1 < self.n_paths <= max_paths:
            total = " + ".join(number(v, digits) for v in of_paths).replace("+ -", "- ")
            lines.append((_relation(digits, *of_paths), total))
            printed.append(sum(rounded(v, digits) for v in of_paths))
        if self.n_paths <= max_paths:
            digits = supported_digits(result, printed, digits)
        lines.append((_relation(digits, result), number(result, digits)))
        return aligned(self.left, lines)

    # -- expressions and functions -------------------------------------------------------------

    def expression(self):
        """The derivative as one sympy expression in the leaves: weights, biases, inputs, targets.

        It repeats the forward pass wherever a value is used, so it grows with the paths.
        """
        size = 1
        for d in self.graph.sizes:
            size *= d
        if size > self.LISTED:
            raise ValueError(
                f"{size} paths lead through this network, too many to write the "
                f"derivative in its leaves (at most {self.LISTED}): use function()"
            )
        inlined = {}
        for name, step in numeric.steps(self.graph).items():
            inlined[self.graph.symbol(name)] = step.xreplace(inlined)
        return inlined[self.graph.symbol(("d", *self.name))]

    def function(self):
        """A numpy function ``f(values) -> number``, from the deltas: no path is walked.

        ``values`` is as from :meth:`DenseGraph.values`; its inputs and targets may also be arrays
        (n,), one number a sample: the result then is (n,), the derivative for each sample.
        """
        compiled = numeric.compile_steps(self.graph, [("d", *self.name)])
        return lambda values: compiled(values)[0]


def _multiplied(path, numbers):
    """The value of one path."""
    return float(sp.Mul(*(p.value.xreplace(numbers) for p in path)))


def _relation(digits, *numbers):
    return "=" if all(is_exact(v, digits) for v in numbers) else r"\approx"
