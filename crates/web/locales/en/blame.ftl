### Who wrote what, and how the fields changed.

blame-act = Who wrote what
blame-link = who wrote what
blame-history = History of the page
blame-lead = Beneath each part of the text stands who wrote or changed it last, when, and why.
blame-written-by = Written by
blame-by = { $author } on { $date }
blame-source = source
blame-nobody = somebody without a name
blame-title = Title
blame-empty = nothing filled in
blame-earlier = { $count ->
    [one] and 1 earlier change
   *[other] and { $count } earlier changes
}
blame-others = { $count ->
    [one] and 1 other
   *[other] and { $count } others
}
blame-left-out = { $count ->
    [one] and 1 more change
   *[other] and { $count } more changes
}
blame-not-text = This file is no text, so nobody can say who wrote which part of it.
blame-too-much = This page is too large, or was changed too often, to say of each part who wrote it. The history has every change.

fields-act = History of the fields
fields-link = history of the fields
fields-lead = Each time that a field of this page got another value, the newest first.
fields-field = Field
fields-all = All fields
fields-show = Show
fields-feed = Changed fields of this page
fields-atom = As Atom
fields-json = As JSON
fields-empty = No field has changed yet.
fields-empty-one = { $field } has not changed yet.
fields-none-here = In the { $count } changes of the page down to { $date } nothing of this changed. Look further back.
fields-was = was
fields-is = is now
fields-came = filled in:
fields-went = taken away:
fields-added = added:
fields-removed = removed:
fields-reordered = new order:
fields-left-out = { $count ->
    [one] and 1 more field
   *[other] and { $count } more fields
}
fields-newest = To the newest
