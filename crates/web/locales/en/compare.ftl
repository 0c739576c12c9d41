### Two versions compared in the language of plans.

compare-act = Compare
compare-ways = Ways to compare
compare-way-plan = What changed
compare-way-map = Map
compare-way-source = Source
compare-summary = In short
compare-fields = Fields
compare-field = Field
compare-was = Was
compare-is = Is
compare-change = Difference
compare-nothing = nothing
compare-totals = Totals
compare-part = Part
compare-not-counted = did not count
compare-pages = Pages
compare-plain-pages = Pages without a type
compare-records = What belongs to it
compare-records-lead = Pages that refer to it, and what lies below those.
compare-belonging = what belongs to it
compare-page = Page
compare-what = What
compare-versions = View
compare-old = old
compare-new = new
compare-files = Other files
compare-prose = Text
compare-map = Both maps together
compare-map-description = What was added, removed, moved or changed has that word under its title. The list below says the same.
compare-map-lead = Changed: { $changed }. Moved: { $moved }. New: { $added }. Removed: { $removed }.
compare-map-none = Both maps are the same.
compare-map-same = + { $count } unchanged
compare-folded = { $count ->
    [one] 1 equal piece of text
   *[other] { $count } equal pieces of text
}
compare-csv = Difference as CSV
compare-csv-excel = Difference as CSV for Excel
compare-json = Difference as JSON
compare-folder = Compare what lies below it too
compare-wiki = Compare the whole wiki
compare-no-format = There is no such format. Choose csv or json.
compare-cut = Not everything was compared, since that takes too much computing. Compare a folder or one page.
compare-files-cut = { $count ->
    [one] 1 more page differs and is not in the files (CSV, JSON) either. Compare a folder.
   *[other] { $count } more pages differ and are not in the files (CSV, JSON) either. Compare a folder.
}
compare-totals-cut = { $count ->
    [one] 1 more total differs and is not given. Compare a folder.
   *[other] { $count } more totals differ and are not given. Compare a folder.
}
compare-others-cut = { $count ->
    [one] 1 more other file differs and is not given. Compare a folder.
   *[other] { $count } more other files differ and are not given. Compare a folder.
}
compare-no-history = The history is still being read. Pages that moved are therefore listed as removed and new.
compare-not-shown = { $count ->
    [one] 1 more is not listed here.
   *[other] { $count } more are not listed here.
}

compare-filled = filled in
compare-emptied = became empty
compare-known = became known
compare-unknown = became unknown
compare-unknown-count = unknown: { $old } → { $new }
compare-points = { $points } percentage points
compare-begin = begin
compare-end = end
compare-days = { $count ->
    [one] 1 day
   *[other] { $count } days
}
compare-hours = { $count ->
    [one] 1 hour
   *[other] { $count } hours
}
compare-minutes = { $count ->
    [one] 1 minute
   *[other] { $count } minutes
}
compare-years = { $count ->
    [one] 1 year
   *[other] { $count } years
}
compare-finer = more precise
compare-coarser = less precise
compare-set = filled in
compare-opened = opened
compare-order = another order
compare-items-added = added: { $items }
compare-items-removed = removed: { $items }
compare-more = and { $count } more
compare-other = different

compare-rises = { $field } rises by { $by } to { $new }.
compare-falls = { $field } falls by { $by } to { $new }.
compare-differs = { $field }: { $change }, becomes { $new }.
compare-becomes = { $field }: from { $old } to { $new }.
compare-more-fields = { $count ->
    [one] 1 more field differs.
   *[other] { $count } more fields differ.
}
compare-page-added = This page is new.
compare-page-removed = This page was removed.
compare-renamed = The title was { $old } and is { $new }.
compare-retyped = The type was { $old } and is { $new }.
compare-spelling-only = Only the way the file is written differs. Its content is the same.
compare-spelling-brief = only the way it is written
compare-was-called = was called { $title }
compare-text-changed = text changed
compare-n-added = { $count } added
compare-n-removed = { $count } removed
compare-n-joined = { $count } from elsewhere
compare-n-left = { $count } to elsewhere
compare-n-changed = { $count } changed
compare-n-moved = { $count } moved
compare-n-files = { $count ->
    [one] 1 other file is not the same.
   *[other] { $count } other files are not the same.
}

compare-gained = new field
compare-lost = field is gone
compare-total = total
compare-computed = computed
compare-parts-same = { $count ->
    [one] 1 part stayed the same.
   *[other] { $count } parts stayed the same.
}
compare-line = { $old } { $change } = { $new }
compare-holds = The old total and all changes come to the new total.
compare-holds-known = As far as is known, the old total and all changes come to the new total. Unknown: { $old } before, { $new } now.
compare-broken = The changes do not come to the new total. That is a fault of Polder; please report it.
compare-not-a-sum = This is no sum: the changes do not add up to the difference.
compare-total-unknown = One of the totals is unknown, so the difference can’t be computed.
compare-total-fault = This can’t be compared: { $why }.

compare-fate-added = new
compare-fate-removed = removed
compare-fate-joined = belongs to it now
compare-fate-left = no longer belongs to it
compare-fate-changed = changed
compare-fate-moved = moved

compare-prose-lead = Text: { $what }.
compare-prose-changed = The text changed.
compare-prose-hidden = Something changed in the source that does not show on the page.
compare-prose-too-large = The text is too large to be compared here. Look at the difference of the source.
compare-prose-not-text = This file is no readable text.
compare-word-end = (up to here)
compare-moved-here = moved, stood elsewhere:
compare-moved-away = stood here, now elsewhere:
diff-as-plan = Show what changed in fields, totals and text

compare-version = Version { $label } of { $date }

# What changed since a moment.
since-title = Changed since { $since }
since-title-until = Changed since { $since }, up to and including { $until }
since-days-ago = { $count ->
    [one] 1 day ago
   *[other] { $count } days ago
}
since-dated = { $name } ({ $date })
since-other = Another moment or plan
since-ask = What changed since a day, a version or a meeting?
since-label = Changed since
since-hint = A day (2010-01-31), a number of days ago (30d), a version (plannen/plan-van-aanpak@v1) or the address of a meeting.
since-version = Or since a version
since-meeting = Or since a meeting
since-choose = Choose
since-until = Up to and including
since-until-hint = Empty is until now.
since-plan = Plan
since-all-plans = All plans and what is outside them
since-outside = Outside the plans
since-of-plan = Only: { $plan }
since-of-folder = Only the folder { $folder }
since-nothing = Nothing changed.
since-computed = Something changed that can't be put in words here.
since-n-plans = { $count ->
    [one] Something changed in 1 plan.
   *[other] Something changed in { $count } plans.
}
since-plan-added = This plan is new.
since-plan-removed = This plan is gone.
since-decisions = Decisions
since-texts = Text changed
since-only = Everything that changed here
since-more-plans = Other plans in which something changed
since-untold = { $count ->
    [one] 1 more page differs and is not listed. Compare a folder.
   *[other] { $count } more pages differ and are not listed. Compare a folder.
}
since-begin = The wiki was not there yet then. It is compared with how it began.
since-feed = These changes by plan (Atom)
since-compare-folder = Compare the whole folder
since-version-link = What changed in the whole plan since
since-backwards = The second moment lies before the first. Turn them round.
since-no-plan = This page is no plan.
since-unknown-title = There is no such moment
since-unknown = “{ $text }” is no day, version or page of this wiki.
since-undated = The page “{ $title }” has no date.
since-do = Write a day (2010-01-31), a number of days ago (30d), a version (plannen/plan-van-aanpak@v1), a change (~3f2a9c1), or the address of a page with a date, such as a meeting.
