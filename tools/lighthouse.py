"""Measure pages of the built site with Lighthouse: desktop and mobile.

    python tools/lighthouse.py [PAGE ...] [--site _build/html] [--runs 1]

A page is named as in _toc.yml, such as chapters/intro. Without a name: the landing page, the first
chapter and the heaviest page.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from browser import FLAGS, find_chromium
from nodejs import find_node
from server import serving

ROOT = Path(__file__).resolve().parent.parent
FORMS = ("desktop", "mobile")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")


def measure(address, form):
    """One run: score of each category (0 to 100), shift of the layout, bytes, requests, the
    milliseconds of work that a browser's main thread had with it, faults."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [
            find_node(),
            str(ROOT / "node_modules/lighthouse/cli/index.js"),
            address,
            "--quiet",
            "--output=json",
            f"--output-path={report}",
            f"--chrome-flags=--headless=new {' '.join(FLAGS)} --user-data-dir={folder}/profile",
        ]
        if form == "desktop":
            command.append("--preset=desktop")
        environment = {**os.environ, "CHROME_PATH": find_chromium()}
        done = subprocess.run(
            command, env=environment, capture_output=True, encoding="utf-8", timeout=240
        )
        if done.returncode or not report.exists():
            raise RuntimeError(f"Lighthouse failed on {address}:\n{done.stdout}{done.stderr}")
        found = json.loads(report.read_text("utf-8"))
    audits = found["audits"]
    scores = {c: round(100 * (found["categories"][c]["score"] or 0)) for c in CATEGORIES}
    faults = [
        name
        for category in CATEGORIES[1:]
        for name in (a["id"] for a in found["categories"][category]["auditRefs"])
        if audits[name].get("score") == 0
    ]
    return {
        **scores,
        "cls": audits["cumulative-layout-shift"]["numericValue"],
        "kB": audits["total-byte-weight"]["numericValue"] / 1000,
        "requests": len(audits["network-requests"]["details"]["items"]),
        "work": audits["mainthread-work-breakdown"]["numericValue"],
        "faults": faults,
    }


def best_of(address, form, runs, enough=100):
    """The run with the best performance: a busy machine only ever makes it worse."""
    best = None
    for _ in range(runs):
        found = measure(address, form)
        if best is None or found["performance"] > best["performance"]:
            best = found
        if best["performance"] >= enough:
            break
    return best


def bare(page):
    """A page's HTML without its scripts and styles: what its words and pictures alone cost."""
    kept = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    return re.sub(r"<link\b[^>]*>", "", kept)


def compared(site, page, form, runs, enough=0.0):
    """Of a page, and of the same page bare, the pair of runs, one after the other, with least ratio of work.

    A slow machine makes both dearer, so the ratio of work says what the page adds to its words
    wherever it is measured; a score does not. A busy moment makes one of them dearer: no more than
    `runs` pairs are measured, until the ratio is at most `enough`.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "site"
        shutil.copytree(site, copy)
        plain = copy / Path(page).with_name("bare.html")
        plain.write_text(bare((copy / f"{page}.html").read_text("utf-8")), "utf-8")
        with serving(copy) as base:
            addresses = [f"{base}/{page}.html", f"{base}/{plain.relative_to(copy).as_posix()}"]
            found = []
            while len(found) < runs and (not found or _ratio(found[-1]) > enough):
                found.append([measure(a, form) for a in addresses])
    return min(found, key=_ratio)


def _ratio(pair):
    return pair[0]["work"] / pair[1]["work"]


def heaviest(site):
    """The page with most bytes of its own."""
    pages = list((site / "chapters").glob("*.html"))
    page = max(pages, key=lambda p: p.stat().st_size)
    return page.relative_to(site).with_suffix("").as_posix()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="*")
    parser.add_argument("--site", type=Path, default=ROOT / "_build/html")
    parser.add_argument("--runs", type=int, default=1, help="the best of this many counts")
    chosen = parser.parse_args()
    defaults = ["chapters/intro", "chapters/01_linear_regression", heaviest(chosen.site)]
    pages = list(dict.fromkeys(chosen.pages or defaults))
    print(f"{'page':36} {'':8} perf a11y best  seo    CLS     kB requests")
    with serving(chosen.site) as base:
        for page in pages:
            for form in FORMS:
                r = best_of(f"{base}/{page}.html", form, chosen.runs)
                print(
                    f"{page:36} {form:8} {r['performance']:4} {r['accessibility']:4} "
                    f"{r['best-practices']:4} {r['seo']:4} {r['cls']:6.3f} {r['kB']:6.0f} "
                    f"{r['requests']:8}  {' '.join(r['faults'])}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
