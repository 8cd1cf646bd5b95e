"""Running the book in other arithmetics than this machine's own, to see which digits move.

`settings`   the list of arithmetics, and whether this machine can have them
`nudge`      results of sums, products and elementary functions moved by one unit in the last place
`rewriting`  how that reaches code which knows nothing of it
`pages`      a page's cells, run one after the other, and the text that a reader sees of them
`worker`     one process for one arithmetic: it imports once and forks for each page
`compare`    what differs from page to page, in words
"""
