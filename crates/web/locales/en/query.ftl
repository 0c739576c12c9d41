### What queries in a page come to: tables, boards, pictures, totals.

query-title = Query
query-pages = Pages
query-link = Permanent link
query-rows = { $count ->
    [0] No rows
    [one] 1 row
   *[other] { $count } rows
}
query-rows-cut = { $shown } of { $count } rows
query-empty = No rows yet.
query-nothing = nothing
query-no-value = not filled in
query-no-dates = None of the rows has a date.
query-column-title = Title
query-total = Total
query-subtotal = Subtotal
query-total-count = count
query-total-average = average
query-total-min = lowest
query-total-max = highest
query-total-earliest = earliest
query-total-latest = latest
query-total-share = share
query-faulty = { $count ->
    [one] This query can’t be read. One thing is wrong:
   *[other] This query can’t be read. { $count } things are wrong:
}
query-too-costly = This query takes too much computing. Ask for less: one type, a condition such as plan = this, fewer references in a row.
query-elsewhere = This result is too large to stand on this page beside the others.
query-alone = Show it alone
query-picture-cut = The picture shows the first { $shown } of { $count }. The table below has them all.
query-bars-cut = These are the first { $shown } of { $count }. Add limit for more.
query-fill-cut = What is empty is named up to { $last }; after that only what is there.
query-stack-cut = The bars are not divided: they would have more than { $most } parts.
query-edit-cut = The first { $shown } of { $count } rows can be edited here, the others on their own pages.
query-file-cut = The first { $shown } of { $count } rows; the others are not in this file.
query-source = The query as it is written
query-after-save = after saving
query-edit = Edit cells
query-edit-done = Done editing
query-save = Save
query-save-column = Saving
query-move = Move
query-board = Board
query-board-empty = Nothing
query-months = Months
query-today = today
query-whole-month = Without a day of its own in this month:
query-undated = { $count ->
    [one] 1 row has no date.
   *[other] { $count } rows have no date.
}
query-picture = Picture of: { $caption }. The table below says the same.
query-fact-all = { $all } in all. Most for { $label }: { $most }.
query-fact = Highest for { $label }: { $most }.

value-n-unknown = { $count } unknown
value-months = { $count ->
    [one] 1 month
   *[other] { $count } months
}
value-fault-overflow = too large to compute
value-fault-costly = takes too much computing
value-fault-cycle = refers to itself
value-fault-unreadable = can’t be computed: the type is faulty

set-act = Change fields
set-save = Save
set-cancel = Cancel
summary-set = { $fields } changed: { $page }
fail-no-record = This page has no type, so it has no fields to fill in.
fail-odd-front = The front matter of this page is too unusual to change one field in it. Edit the page itself.

total-lead = { $count ->
    [0] Nothing counts yet. What counts is of the type: { $type }.
    [one] 1 page counts here, of the type: { $type }.
   *[other] { $count } pages count here, of the type: { $type }.
}
total-counts = Counts
total-condition = What counts:
total-back = Back to the page
total-parts = made up of
fail-query = This query can’t be read. The page itself says what is wrong.
fail-query-number = Which query do you mean? Write a number from 1 with n.
fail-format = There is no such format. Use one of the links on the page.
