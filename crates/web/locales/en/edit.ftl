### Writing: edit, conflict, move, delete.

form-summary = Summary
form-summary-hint = What did you change, and why? One sentence will do.
form-name = Your name
form-name-hint = Stands with this change in the history.
form-save = Save
form-preview = Preview
form-cancel = Cancel
form-complaints = { $count ->
    [one] Not saved yet: mend this first
   *[other] Not saved yet: mend these { $count } things first
}

edit-act = Edit
edit-act-new = New page
edit-path = Address
edit-path-hint = Folder and name, such as plans/new-plan. Small letters and hyphens read best.
edit-text = Text
edit-text-hint = Markdown: ## heading, **bold**, - list, [[Page|text]].
edit-help = Help with writing
edit-preview-title = Preview
edit-preview-hint = This is how the page will look. Nothing is saved yet.
edit-guard = Your text isn’t saved yet.

conflict-act = Merge
conflict-who = { $author } changed the same lines as you on { $date }.
conflict-someone = Somebody else has changed the same lines as you in the meantime.
conflict-kept = Nothing is lost: both texts are below.
conflict-todo = { $count ->
    [one] In one place you have to choose. Finish the text and save again.
   *[other] In { $count } places you have to choose. Finish the text and save again.
}
conflict-text = The merged text
conflict-text-hint = Look for the lines with <<<<<<< and >>>>>>>. Keep what is right and take the signs away.
conflict-drop = Drop my change
conflict-difference = The difference
conflict-difference-caption = From the text that stands there now to your text
conflict-texts = The whole texts
conflict-mine = Your text
conflict-theirs = The text that stands there now
conflict-base = The text that you both began with
merge-title = Finish a merge
merge-lead = Pushed commit { $commit }: { $message }
merge-why = The wiki changed in the same places since these commits were begun. Both are kept until you decide.
merge-todo = { $count ->
    [one] { $count } file needs your choice; the rest is merged already.
   *[other] { $count } files need your choice; the rest is merged already.
}
merge-too-many = { $count ->
    [one] There is { $count } more file than fits here. Merge in your clone: git pull. Then push again.
   *[other] There are { $count } more files than fit here. Merge in your clone: git pull. Then push again.
}
merge-save = Save the merge
merge-later = Not now
merge-mine = The text that was pushed
merge-theirs = What the wiki has now
merge-base = The text that both began with
merge-which = Which one stays?
merge-size = { $bytes ->
    [one] { $bytes } byte
   *[other] { $bytes } bytes
}
merge-gone = does not have this file
merge-difference-caption = From the text that stands there now to the pushed text
merge-again = Meanwhile somebody changed these files once more. What you chose is in the text below; look at what is between the signs.

move-act = Move
move-now = Present address:
move-to = New address
move-to-hint = Folder and name, such as plans/new-plan. The old address keeps working.
move-button = Move
move-links = Links
move-no-links = No other page links here.
move-rewritten = { $count ->
    [one] The link on this page is changed along with it:
   *[other] The links on these { $count } pages are changed along with it:
}

delete-act = Delete
delete-lead = The page goes from the wiki. It stays in the history, so that you can bring it back.
delete-no-links = No other page links here.
delete-links = { $count ->
    [one] This page links here. That link will lead nowhere when you delete the page:
   *[other] These { $count } pages link here. Those links will lead nowhere when you delete the page:
}
delete-button = Delete this page
delete-keep = Keep it
