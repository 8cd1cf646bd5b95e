"""The results of the libraries as tables for a page; needs none of the libraries."""

from datetime import date
from fnmatch import fnmatch
from functools import cache

from handgrad.book import num, table

from claims.libraries import LIBRARIES, results
from claims.libraries.questions import QUESTIONS, TOPICS

NETWORKS = {
    "net222": "the 2-2-2 network",
    "classifier": "the classifier",
    "plain": "the classifier without batch normalisation",
}


@cache
def kept():
    """Name -> result of each library, in the order of the columns."""
    return results()["libraries"]


def answer(library, question):
    """A library's answer as it is kept, or None."""
    return kept()[library]["answers"].get(question)


def shown(text):
    """An answer for the page: true minus signs, ∞, powers of ten written out."""
    if text is None:
        return "–"
    parts = text.split(", ")
    return ", ".join(map(_number, parts))


def _number(text):
    try:
        value = float(text)
    except ValueError:
        return text
    if value != value:
        return "NaN"
    return num(int(text), "d") if text.lstrip("-").isdigit() else num(value, ".5g")


def questions_of(topic):
    """Id -> question of a topic, in order."""
    return {name: q for name, q in QUESTIONS.items() if name.partition("/")[0] == topic}


def answers_table(topic):
    """One row a question, the book's answer and then each library's that has any here."""
    rows = questions_of(topic)
    columns = [name for name in kept() if any(answer(name, row) is not None for row in rows)]
    return table(
        ["", "the book", *(LIBRARIES[name].title for name in columns)],
        [
            [q.asks, shown(q.answer), *(shown(answer(name, row)) for name in columns)]
            for row, q in rows.items()
        ],
        caption=f"{TOPICS[topic]}: what each answers",
        align=["left"] * (len(columns) + 2),
        wrap=True,  # the questions are long: unbroken they would fill a phone
    )


def reasons_table(topic):
    """Why the book answers so, and what to write elsewhere to get its number."""
    return table(
        ["", "why so here", "to get the book's"],
        [
            [q.asks, q.why if callable(q.ours) else f"No answer here: {q.ours}. {q.why}", q.write]
            for q in questions_of(topic).values()
        ],
        caption=f"{TOPICS[topic]}: reasons",
        wrap=True,
    )


def row_table(caption, *questions):
    """Some rows alone, a library a line: those that differ stand out."""
    names = [n for n in kept() if any(answer(n, q) is not None for q in questions)]
    return table(
        ["", *(QUESTIONS[q].asks for q in questions)],
        [
            ["the book", *(shown(QUESTIONS[q].answer) for q in questions)],
            *([LIBRARIES[n].title, *(shown(answer(n, q)) for q in questions)] for n in names),
        ],
        caption=caption,
        wrap=True,
        align=["left"] * (len(questions) + 1),
    )


def versions_table():
    """Library, versions, day and Python of the run, and how many questions it answers."""
    return table(
        ["library", "versions", "run on", "Python", "answers"],
        [
            [
                LIBRARIES[name].title,
                ", ".join(f"{p} {v}" for p, v in result["versions"].items()),
                day(result["run"]),
                result["python"],
                len(result["answers"]),
            ]
            for name, result in kept().items()
        ],
        caption="What was run, and when",
    )


def day(iso):
    """A day as the page writes it: 28 November 2026."""
    found = date.fromisoformat(iso)
    return f"{found.day} {found:%B} {found.year}"


def costs_table(network):
    """The costs update by update: the book's, and each library's."""
    from claims.libraries import given

    trained = {n: r["networks"][network] for n, r in kept().items() if network in r["networks"]}
    ours = given.TRAINED[network]()["costs"]
    return table(
        ["", *(f"$J_{k}$" for k in range(len(ours))), "agrees within"],
        [
            ["the book", *(num(J, ".5f") for J in ours), "–"],
            *(
                [
                    LIBRARIES[name].title,
                    *(num(J, ".5f") for J in run["costs"]),
                    num(run["within"], ".0e"),
                ]
                for name, run in trained.items()
            ),
        ],
        caption=f"{NETWORKS[network].capitalize()}: cost before each update and after the last",
    )


def settings_table(network):
    """What had to be set in each library so that the numbers agree."""
    return table(
        ["", "what had to be set"],
        [
            [LIBRARIES[name].title, "; ".join(result["networks"][network]["set"]) + "."]
            for name, result in kept().items()
            if network in result["networks"]
        ],
        caption=f"{NETWORKS[network].capitalize()}: what had to be set",
        wrap=True,
    )


def empty_table():
    """Why a cell is empty: each library's reasons, and what they are reasons for."""
    rows = []
    for name, result in kept().items():
        reasons = {}
        for asked, reason in result["none"].items():
            open_ = [
                q
                for q in (*QUESTIONS, *NETWORKS)
                if fnmatch(q, asked) and q not in result["answers"]
            ]
            if open_:
                reasons.setdefault(reason, []).append(_what(asked))
        rows += [[LIBRARIES[name].title, "; ".join(what), why] for why, what in reasons.items()]
    return table(["library", "no answer to", "because"], rows, caption="Empty cells", wrap=True)


def _what(asked):
    """The questions of a pattern in words: "kinks/*" is what is left of a topic."""
    topic, _, rest = asked.partition("/")
    if asked in NETWORKS:
        return NETWORKS[asked]
    if asked in QUESTIONS:
        return QUESTIONS[asked].asks
    if rest == "*":
        return f"{TOPICS[topic]}, the rest"
    return "; ".join(q.asks for name, q in QUESTIONS.items() if fnmatch(name, asked))
