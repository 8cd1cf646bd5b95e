"""A reader of HTML that fails where elements don't nest."""

from html.parser import HTMLParser


class Tree(HTMLParser):
    """Collects elements and fails on tags that don't nest."""

    VOID = frozenset({"img", "input", "br"})

    def __init__(self, text):
        super().__init__()
        self.open, self.found = [], []
        self.feed(text)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes another element"

    def all(self, tag):
        return [attrs for name, attrs in self.found if name == tag]
