### Finding: search, mindmap, index.

search-title = Search
search-hint = Put quotation marks around words that belong together: "plan of action".
search-building = The search index is still being made. You may find more soon.
search-left-out = { $count ->
    [one] This moment differs so much from now that 1 page was not searched.
   *[other] This moment differs so much from now that { $count } pages were not searched.
}
search-count = { $count ->
    [0] Nothing found for “{ $query }”
    [one] 1 page found for “{ $query }”
   *[other] { $count } pages found for “{ $query }”
}
search-suggestion = Did you mean “{ $query }”?
search-empty = Try fewer words, or part of a word.
search-create = Make the page “{ $page }”
search-past = Search what was taken away
search-past-hint = The lines are searched that a change took out of a page, also of pages that are gone. What was taken away last stands first.
search-past-building = Not everything has been looked at yet: { $done } of { $of } changes. You may find more later.
search-past-count = { $count ->
    [0] “{ $query }” was not taken away anywhere
    [one] “{ $query }” was taken out of 1 page
   *[other] “{ $query }” was taken out of { $count } pages
}
search-past-empty = Perhaps it is still in a page. Then search without the tick, or try fewer words.
search-past-removed = Taken away on { $date } by { $author }
search-past-earlier = { $count ->
    [one] also 1 time before
   *[other] also { $count } times before
}
search-past-before = Last version with it
search-past-change = What changed
search-past-now = As it is now
search-past-gone = This page is gone

map-title = Mindmap
map-shapes = Shape
map-shape-map = Map
map-shape-outline = Outline
map-shown = { $shown } of { $total } topics shown
map-by = Branches by
map-by-folders = folders
map-by-links = links
map-by-records = records
map-depth = Depth
map-draw = Draw
map-region = The map
map-hint = Every topic is a link. If the map doesn’t fit your screen, slide it sideways.
map-outline = Outline
map-under = { $count ->
    [one] 1 topic
   *[other] { $count } topics
}
map-focus = centre
map-more = { $count } more
map-zoom = Put { $topic } in the middle
map-drawing-title = Mindmap of { $wiki }
map-drawing-description = Every topic is a link to its page. The outline has the same as a list.

index-title = Index
index-orders = Order
index-alphabet = A–Z
index-folder = By folder
index-type = By type
index-tag = By tag
index-orphans = Orphans
index-wanted = Wanted pages
index-letters = Letters
index-lead-all = { $count ->
    [one] This wiki has 1 page.
   *[other] This wiki has { $count } pages.
}
index-lead-type = { $count ->
    [one] One page with a type.
   *[other] { $count } pages with a type.
 }
index-lead-tag = { $count ->
    [one] 1 page has a tag.
   *[other] { $count } pages have a tag.
}
index-lead-orphans = { $count ->
    [0] Every page is linked to.
    [one] No other page links to 1 page.
   *[other] No other page links to { $count } pages.
}
index-lead-wanted = { $count ->
    [0] Every link leads to a page.
    [one] 1 page is linked to but not made yet. Write it.
   *[other] { $count } pages are linked to but not made yet. Write one.
}
index-empty-all = There are no pages yet.
index-empty-type = No page has a type yet. Put one in the frontmatter: type: project.
index-empty-tag = No page has a tag yet. Put one at the top of a page: tags: [plan].
index-empty-orphans = There are no orphans.
index-empty-wanted = There are no wanted pages.
index-problems-look = Things to look at in this wiki
index-problems = { $count ->
    [one] 1 thing to look at in this wiki
   *[other] { $count } things to look at in this wiki
}
