"""Pictures of built pages: 1280 and 390 px wide, light and dark.

python tools/screenshots.py PAGE.html [MORE.html ...] [--out FOLDER]
"""

import argparse
from pathlib import Path

from browser import chromium

WIDTHS = (1280, 390)
TALLEST = 6000  # px in one picture: longer pages come in parts


def take(pages, out):
    """Write the pictures and yield their paths."""
    out.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for width in WIDTHS:
            for scheme in ("light", "dark"):
                context = browser.new_context(
                    viewport={"width": width, "height": 900}, color_scheme=scheme
                )
                for page_path in pages:
                    page = context.new_page()
                    page.goto(Path(page_path).resolve().as_uri())
                    page.evaluate("document.fonts.ready")
                    # the site lays out far parts only when they come near: here all must count
                    page.add_style_tag(content="* { content-visibility: visible !important }")
                    height = page.evaluate("document.documentElement.scrollHeight")
                    page.set_viewport_size({"width": width, "height": min(height, TALLEST)})
                    for part, top in enumerate(range(0, height, TALLEST), 1):
                        page.evaluate(f"window.scrollTo(0, {top})")
                        page.wait_for_timeout(150)
                        suffix = "" if height <= TALLEST else f"_{part}"
                        name = f"{Path(page_path).stem}_{width}_{scheme}{suffix}.png"
                        page.screenshot(path=out / name)
                        yield out / name
                    page.close()
                context.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=Path("_build/screenshots"))
    chosen = parser.parse_args()
    for path in take(chosen.pages, chosen.out):
        print(path)


if __name__ == "__main__":
    main()
