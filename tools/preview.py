"""Build a few chapters as a book of their own, quickly, outside the repository.

    python tools/preview.py chapters/03_one_weight.md [MORE.md ...] [--out FOLDER] [--shots]

Prints each warning (references to chapters that are not built are among them) and where the pages
are. With --shots, also makes pictures of every page: 1280 and 390 px wide, light and dark.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent


def prepare(chapters, book):
    """Write a book of these chapters into the folder `book`."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    extensions = config["sphinx"]["local_extensions"]
    config["sphinx"]["local_extensions"] = dict.fromkeys(extensions, str(ROOT / "_ext"))
    config["sphinx"]["config"]["handgrad_root"] = str(ROOT)
    folder = book / "chapters"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.md"):
        old.unlink()
    for chapter in chapters:
        shutil.copy(chapter, folder)
    for name in ("claims", "benchmarks", "images"):  # what pages read beside their own folder
        if not (book / name).exists():
            try:
                (book / name).symlink_to(ROOT / name)
            except OSError:  # Windows gives links to few
                shutil.copytree(ROOT / name, book / name)
    shutil.copy(ROOT / "references.bib", book)
    (book / "_config.yml").write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")
    names = [f"chapters/{path.stem}" for path in chapters]
    if "chapters/intro" in names:
        names.insert(0, names.pop(names.index("chapters/intro")))
    else:  # a page before them, so that the first chapter is numbered
        text = "# Preview\n\nOnly a few chapters are here.\n\n```{bibliography}\n```\n"
        (folder / "preview.md").write_text(text, "utf-8")
        names.insert(0, "chapters/preview")
    toc = {
        "format": "jb-book",
        "root": names[0],
        "parts": [
            {"caption": "Preview", "numbered": 2, "chapters": [{"file": n} for n in names[1:]]}
        ],
    }
    (book / "_toc.yml").write_text(yaml.safe_dump(toc, sort_keys=False), "utf-8")
    return names


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, help="folder of the preview, kept from run to run")
    parser.add_argument("--shots", action="store_true", help="make pictures of the pages")
    chosen = parser.parse_args()
    default = Path(tempfile.gettempdir()) / f"preview-{chosen.chapters[0].stem}"
    book = (chosen.out or default).resolve()
    names = prepare(chosen.chapters, book)
    program = shutil.which("jupyter-book", path=str(Path(sys.executable).parent)) or "jupyter-book"
    code = subprocess.run([program, "build", "-q", "-n", book]).returncode
    pages = [book / "_build/html" / f"{name}.html" for name in names if "preview" not in name]
    for page in pages:
        print("page:", page)
    if chosen.shots and not code:
        from screenshots import take

        for picture in take(pages, book / "shots"):
            print("picture:", picture)
    sys.exit(code)


if __name__ == "__main__":
    main()
