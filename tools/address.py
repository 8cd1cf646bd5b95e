"""The address of the repository, which stands in _config.yml: read here, and put into the README."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
BINDER = re.compile(r"(https://mybinder\.org/v2/gh/)[\w.-]+/[\w.-]+/[^?)]+")


def owner_and_name(url):
    """("me", "book") from "https://github.com/me/book", also with ".git" or a slash behind it.

    Raises
    ------
    ValueError
        If it is no address of a repository on GitHub.
    """
    found = re.fullmatch(r"https://github\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?/?", url)
    if not found:
        raise ValueError(
            f"repository: expected url https://github.com/OWNER/NAME in _config.yml, got {url!r}"
        )
    return found[1], found[2]


def pages(url):
    """Where GitHub Pages puts the site of this repository."""
    owner, name = owner_and_name(url)
    return f"https://{owner.lower()}.github.io/{name}/"


def with_address(readme, repository):
    """The text of the README with the badge of this repository ({url, branch})."""
    owner, name = owner_and_name(repository["url"])
    return BINDER.sub(rf"\g<1>{owner}/{name}/{repository.get('branch', 'main')}", readme)


def main():
    repository = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["repository"]
    path = ROOT / "README.md"
    path.write_text(with_address(path.read_text("utf-8"), repository), "utf-8")
    print(f"README.md: the badge opens {repository['url']}")


if __name__ == "__main__":
    main()
