"""Pieces of HTML that the theme, docutils and MyST-NB write, and what this book puts in their place.

None of them is promised by those who write them. So each is looked for twice: as it is written
today, and by a sign that a newer version would keep. Where the two differ, the build stops.
"""


def in_place(html, old, new, sign, whose):
    """`html` with `new` in place of every `old`.

    Raises
    ------
    RuntimeError
        If `sign`, which is part of `old`, stands anywhere else too.
    """
    if html.count(sign) != html.count(old) * old.count(sign):
        raise RuntimeError(
            f"expected {sign!r} only within {old!r}, found it elsewhere too; was {whose} upgraded? "
            "See insides.py"
        )
    return html.replace(old, new)


def named_parts(html):
    """Names that the theme forgets: of the sidebar, and of its arrows that unfold a chapter.

    Raises
    ------
    RuntimeError
        If a page has not one sidebar, or another arrow.
    """
    sidebar = '<div id="pst-primary-sidebar"'
    if html.count(sidebar) != 1:
        raise RuntimeError(
            f"expected {sidebar} once in a page, found it {html.count(sidebar)} times; was the "
            "theme upgraded? See insides.py"
        )
    html = html.replace(sidebar, f'{sidebar} role="complementary" aria-label="Book"')
    return in_place(
        html,
        '<summary><span class="toctree-toggle" role="presentation">',
        '<summary><span class="visually-hidden">Pages of this chapter</span>'
        '<span class="toctree-toggle" aria-hidden="true">',
        "toctree-toggle",
        "the theme",
    )


def plain_roles(body):
    """Roles and names that mislead those who hear a page: of works cited, and of folded code.

    Raises
    ------
    RuntimeError
        If either is written in another way.
    """
    body = in_place(
        body, 'role="doc-biblioentry"', 'role="listitem"', "doc-biblioentry", "docutils"
    )
    # a name other than the words in view: "Show the code"
    return in_place(
        body,
        '<summary aria-label="Toggle hidden content">',
        "<summary>",
        "Toggle hidden content",
        "MyST-NB",
    )
