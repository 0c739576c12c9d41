### History, differences, recent changes.

change-created = new
change-moved = moved from { $from }
change-deleted = deleted

history-act = History
history-reading = The history is still being read. This list may be longer soon.
history-empty = There is no history yet. Save the page to begin it.
history-caption = Versions of this page, the newest first
history-from = From
history-to = To
history-version = Version
history-what = What
history-actions = Look
history-pick-from = Compare from
history-pick-to = Compare to
history-compare = Compare these two
history-diff = difference
history-revert = bring back
history-no-summary = no summary

diff-act = Compare
diff-old = From
diff-new = To
diff-nothing = no page yet
diff-same = The two versions are the same.
diff-added = { $count ->
    [one] 1 line added
   *[other] { $count } lines added
}
diff-removed = { $count ->
    [one] 1 line removed
   *[other] { $count } lines removed
}
diff-moved = The page moved from { $from } to { $to }.
diff-inexact = The texts are large; only their changed middle was compared.
diff-paging = Other changes
diff-previous = Previous change
diff-next = Next change
diff-caption = The difference, line by line
diff-part = This difference is long. These are lines { $first } to { $last } of { $all }.
diff-part-begin = To the beginning
diff-part-next = The lines that follow
diff-line-old = Old line
diff-line-new = New line
diff-line-text = Text
diff-word-added = added:
diff-word-removed = removed:
diff-skipped = { $count ->
    [one] 1 equal line left out
   *[other] { $count } equal lines left out
}

revert-title = Back to the old version
revert-lead = The old text becomes a new version. What stands there now stays in the history.
revert-button = Bring the old version back

changes-title = Recent changes
changes-folder = Folder
changes-everywhere = The whole wiki
changes-show = Show
changes-empty = Nothing has changed yet.
changes-diff = difference
changes-more = { $count ->
    [one] and 1 more page
   *[other] and { $count } more pages
}
