from . import wrong

WRONG = {
    "three_updates": [
        wrong("x forgotten", ' * own["x"]\n', "\n", says="the factor x is missing"),
        wrong("factor 2", 'w - own["eta"] *', 'w - 2 * own["eta"] *', says="a factor 2"),
        wrong("uphill", 'w - own["eta"]', 'w + own["eta"]', says="the cost does not fall"),
        wrong("predictions", "append(w)", 'append(w * own["x"])', says="three_updates"),
    ],
    "closed_form": [
        wrong("x for x²", "x**2", "x", says="it must have x²"),
        wrong("n - 1", "**n", "**(n - 1)", says="one update too few"),
        wrong("target forgotten", "return best + ", "return ", says="not the weight itself"),
        wrong("tends to zero", "(w - best)", "w - best", says="the best weight is left out"),
    ],
    "verdict": [
        wrong("x for x²", "x**2", "x", says="the limits are wrong"),
        wrong(
            "limit 1/x² taken for the end",
            "abs(factor) > 1",
            "factor < 0",
            says="the limits are wrong",
        ),
        wrong(
            "limits not seen",
            'if factor == 0:\n        return "at once"',
            "",
            says='"at once" is missed',
        ),
        wrong(
            "for ever taken for away",
            "abs(factor) == 1",
            "abs(factor) == 2",
            says='"for ever" is missed',
        ),
    ],
    "needed": [
        wrong(
            "stops one late", "    return n\n", "    return n + 1\n", says="one update is enough"
        ),
        wrong("squares the part", "left > part", "left > part**2", says="fewer updates are enough"),
        wrong("0 for none", "return None", "return 0", says="beyond the limit it must give None"),
        wrong("x for x²", "x**2", "x", says="one update is enough"),
    ],
}
