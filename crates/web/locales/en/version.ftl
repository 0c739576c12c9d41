
### Versions: named versions, moments, and the way between them.

moment-label = Version
moment-now = Back to now
moment-of-scope = You are looking at the wiki as recorded by version { $label } of “{ $of }”, { $date }.
moment-of-wiki = You are looking at version { $label } of the whole wiki, { $date }.
moment-day = You are looking at the wiki as it was on { $date }.
moment-commit = You are looking at the wiki as it was after change { $commit } of { $date }.

tab-versions = Versions
versions-act = Versions
versions-label = Versions
versions-now = Now
versions-all = All versions
versions-holds = in force
versions-lost = can’t be shown: its change is no longer part of this wiki
versions-not-there = can’t be shown: in its change there is nothing of this name
versions-shallow = can’t be shown: this clone is shallow and does not have its change
versions-none = No version of this page has been published yet.
versions-none-folder = No version of this folder was published yet.
versions-none-wiki = No version of the wiki as a whole was published yet.
versions-of-wiki = Versions of the whole wiki
versions-of-folder = Versions of the folder { $folder }
versions-below = Versions of what lies below
versions-publish = Publish version
versions-from = Compare
versions-to = with
versions-compare = Compare
versions-feed = These versions (Atom)
versions-scope = Version of
versions-decision = Decision
versions-supersedes = Takes the place of
versions-made = Recorded by
versions-cited = Cited in
versions-since = What changed since
versions-before = What this version changed

version-is = This is version { $label } of { $date }.
version-holds = This is version { $label } of { $date }, the one in force.
version-older = This is version { $label } of { $date }. The version in force is { $current } of { $currentdate }.
version-not-yet = This is version { $label }. It is in force from { $date }.
version-newer-draft = { $count ->
    [one] There is a newer draft: one change since { $label }.
   *[other] There is a newer draft: { $count } changes since { $label }.
}
version-draft-adopted = Draft, not adopted. Version { $label } of { $date } is in force.
version-draft = Draft. Version { $label } of { $date } is in force.
version-withdrawn = Withdrawn on { $date }.
version-withdrawn-by = Withdrawn on { $date } by decision { $decision }.
version-page-gone = The page itself is there no more.
version-see = Read { $label }
version-compare = Compare { $from } and { $to }
version-compare-draft = Compare with this draft

publish-act = Publish version
publish-lead = A version records how the page, and everything shown with it, is now. It never changes again.
publish-label = Label
publish-label-hint = Short, such as v1 or adopted-2. It comes after an at sign in the address.
publish-date = In force from
publish-date-hint = A day, such as 1 September 2009. Empty means today.
publish-date-bad = Write a day that exists, such as 1 September 2009.
publish-title = Title
publish-title-hint = For example: Action plan, first version. Empty means the title of the page.
publish-decision = Decision
publish-decision-hint = The page of the decision, or who decided.
publish-supersedes = Takes the place of
publish-supersedes-hint = Labels of earlier versions, with commas between them. May stay empty.
publish-scope = Version of
publish-scope-page = this page
publish-scope-folder = the folder { $folder }
publish-scope-wiki = the whole wiki
publish-kind = Kind
publish-kind-revision = revision
publish-kind-erratum = correction of an error
publish-kind-withdrawal = withdrawal: from this day on nothing is in force
publish-kind-bad = There is no such kind of version. Choose one from the form.
publish-not-there = The page was not there yet in what you had before you. Open the form again from the page.
publish-long = This is too long: at most { $most } characters.
publish-note = Note
publish-button = Publish
publish-taken = There is a version { $label } already. Versions never move: choose another label.
publish-unknown = There is no earlier version { $label } of the same. Choose a label from the list of versions.

label-empty = Write a label, such as v1.
label-long = A label has at most 64 characters. Make it shorter.
label-letters = A label begins with a letter or digit, and has only letters without accents, digits, dots, hyphens and underscores. Write for example v1.
label-git = Git takes no label with two dots in a row, with a dot at its end or that ends in .lock. Write for example v1.2.
label-date = A label may not look like a date: a date in an address means what was in force on that day. Write for example v2010.

fail-label-do = Choose one of the versions that there are.
fail-no-version-then = No version of this page was in force on { $date } yet.
fail-as-it-stood = The page as it stood on { $date }
fail-no-day = { $date } is no day in the past of this wiki.
fail-before-all = On { $date } there was nothing in this wiki yet.
fail-no-day-do = Write a day that has been, as year, month and day: 2010-01-31.
fail-lost = Version { $version } names a change that is no longer part of this wiki.
fail-lost-do = The administrator can put that change back. The page of now is there.
fail-shallow = Version { $version } names a change that this clone does not have.
fail-shallow-do = This clone was made shallow and lacks older changes. Whoever runs it can fetch them with git fetch --unshallow. The page of now is there.
fail-not-there = This page did not exist on { $date }.
fail-not-there-do = Choose a later moment, or go to the page of now.
fail-reading = The history is still being read; after that this can be done.
fail-datetime = The time in Accept-Datetime can't be read. Write for example: Fri, 01 Jan 2010 00:00:00 GMT.

push-version-name = { $ref }: the name should be a path without .md, then an @ and a label. What trips git or the @ stands in it as %XX: a space is %20.
push-version-taken = { $ref }: there is a version { $label } already; capitals make no difference. Choose another label.
push-version-off-branch = { $ref }: a version records something that is in the wiki. Push the changes themselves first, to the wiki's branch.
push-version-not-there = { $ref }: in that change there is no page or folder “{ $scope }”. Write the path as it is there, without .md, or name a change in which it is.
