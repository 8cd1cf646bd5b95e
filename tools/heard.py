"""Listen to the formulas of the built site: `make heard`.

python tools/heard.py [--site FOLDER]

The Speech Rule Engine, from npm, says each formula of `claims/heard.json`, which names a kind of
notation, a labelled formula that has it, and what must and must not be said; what was said is written
down there. `chapters/how_checked.md` prints it, `tests/site/test_heard.py` holds it against the site.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

from nodejs import find_node

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "claims/heard.json"
MATH = re.compile(r"<math\b.*?</math>", re.S)


def listen(formulas, domain="clearspeak"):
    """What is said for each formula, MathML in text; `domain`: clearspeak or mathspeak.

    Raises
    ------
    FileNotFoundError
        If the Speech Rule Engine is not installed.
    RuntimeError
        If it fails on a formula.
    """
    if not (ROOT / "node_modules/speech-rule-engine").exists():
        raise FileNotFoundError(
            "speech-rule-engine is not installed: run `npm ci` (make test does)"
        )
    command = [find_node(), str(ROOT / "tools/heard.cjs"), domain]
    given = json.dumps(list(formulas))
    done = subprocess.run(command, input=given, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise RuntimeError(f"the Speech Rule Engine failed:\n{done.stderr}")
    return json.loads(done.stdout)


def formulas(site):
    """MathML of each formula of the book, once, and the page where it comes first."""
    found = {}
    for page in sorted(Path(site, "chapters").glob("*.html")):
        for formula in MATH.findall(page.read_text("utf-8")):
            found.setdefault(formula, page.stem)
    return found


def labelled(site, page, label):
    """MathML of the display of this label."""
    html = Path(site, "chapters", f"{page}.html").read_text("utf-8")
    _, there, rest = html.partition(f'id="equation-{label}"')
    if not there:
        raise KeyError(f"no formula {label} on {page}: claims/heard.json names it")
    return MATH.search(rest)[0]


def kinds():
    return json.loads(TABLE.read_text("utf-8"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--site", type=Path, default=ROOT / "_build/html")
    site = parser.parse_args().site
    rows = kinds()
    try:
        said = listen(labelled(site, row["page"], row["label"]) for row in rows.values())
    except (FileNotFoundError, RuntimeError, KeyError) as problem:
        sys.exit(str(problem))
    for (kind, row), words in zip(rows.items(), said, strict=True):
        row["said"] = words
        print(f"{kind}: {words}")
    TABLE.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
