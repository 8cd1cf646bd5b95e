"""A page that belongs to a chapter is numbered by a letter: the first after chapter 7 is 7b.

Sphinx would count it as one more section of the chapter, 7.20, and leave its sections unnumbered.
Here it is 7b, in the sidebar and on the page, and its sections are 7b.1, 7b.2 and so on. Equations and
exercises go on counting with the chapter.
"""

from docutils import nodes
from sphinx import addnodes

LETTERS = "bcdefghijklmnopqrstuvwxyz"


def pages_of_chapters(env):
    """Yield (page, its number such as "7b") of the pages below the chapters that have a number."""
    for chapter in sorted(env.toctree_includes):
        number = (env.toc_secnumbers.get(chapter) or {}).get("")
        if number and len(number) == 1:
            pages = env.toctree_includes[chapter]
            yield from ((p, f"{number[0]}{x}") for p, x in zip(pages, LETTERS, strict=False))


def references(toc):
    """Yield (reference, number within the page) of the page's title and its sections."""
    for item in toc.children:
        title = item.next_node(addnodes.compact_paragraph)
        yield title[0], ()
        inner = next((c for c in item.children if isinstance(c, nodes.bullet_list)), None)
        for count, section in enumerate(inner.children if inner else (), 1):
            yield section.next_node(addnodes.compact_paragraph)[0], (count,)


def put_back(app, env):
    """Let Sphinx find the numbers that it gave, so that it doesn't see a change in each build."""
    env.toc_secnumbers.update(getattr(env, "numbers_without_letters", {}))
    return []


def give_letters(app, env):
    env.numbers_without_letters = {}
    for page, letter in pages_of_chapters(env):
        env.numbers_without_letters[page] = env.toc_secnumbers.get(page)
        numbers = dict(env.toc_secnumbers.get(page) or {})
        for reference, within in references(env.tocs[page]):
            reference["secnumber"] = [letter, *within]
            numbers[reference["anchorname"]] = (letter, *within)
        env.titles[page]["secnumber"] = [letter]
        env.toc_secnumbers[page] = numbers
    return []


def setup(app):
    # before and after Sphinx numbers sections
    app.connect("env-get-updated", put_back, priority=400)
    app.connect("env-get-updated", give_letters, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
