"""Put the address of the repository, which stands in _config.yml, into the badge of the README."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
BINDER = re.compile(r"(https://mybinder\.org/v2/gh/)[\w.-]+/[\w.-]+/[^?)]+")


def with_address(readme, repository):
    """The text of the README with the badge of this repository ({url, branch})."""
    name = repository["url"].rstrip("/").removesuffix(".git").removeprefix("https://github.com/")
    return BINDER.sub(rf"\g<1>{name}/{repository.get('branch', 'main')}", readme)


def main():
    repository = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["repository"]
    path = ROOT / "README.md"
    path.write_text(with_address(path.read_text("utf-8"), repository), "utf-8")
    print(f"README.md: the badge opens {repository['url']}")


if __name__ == "__main__":
    main()
