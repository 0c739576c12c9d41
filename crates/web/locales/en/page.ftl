### Reading a page, a folder, a page that isn't there.

crumbs-label = Breadcrumbs
tabs-label = This page
tab-view = View
tab-edit = Edit
tab-history = History
menu-move = Move
menu-delete = Delete
menu-raw = Source
banner-superseded = This version is no longer current. See { $page } for the present one.
banner-old = You are looking at this page as it was on { $date }.
banner-present = Go to the present page
banner-compare = Compare with the present page
banner-not-text = This file is not UTF-8 text, so it can’t be shown as a page. Convert it to UTF-8 and push it again.
banner-too-large = This page is too large to lay out. Its source is below. Divide the text over more pages.
banner-raw = Get the source
edited-by = Last edited by { $author } on { $date }
edited-history = history
edited-reading = The history is still being read.
record-title = Record
record-missing = {" "}(not made yet)
contents-title = Contents
sub-pages-title = Pages in this folder
backlinks-title = Links to this page
tags-title = Tags
page-problems = { $count ->
    [one] 1 thing to look at on this page
   *[other] { $count } things to look at on this page
}

folder-kicker = Folder
folder-create = Write a page for this folder
folder-changes = Changes in this folder
folder-versions = Versions of this folder
folder-folders = Folders
folder-pages = Pages
folder-empty = No pages here yet.

missing-title = { $page } doesn’t exist yet
missing-lead = There is no page at { $path }.
missing-deleted = { $author } deleted this page on { $date }.
missing-deleted-history = See its history
missing-create = Make this page
missing-near = Did you mean one of these?
missing-search = Or search on
