### What went wrong and what you can do; what a commit says; values from the frontmatter.

fail-front = Go to the front page
fail-not-allowed-title = You may not do that here
fail-not-allowed = You may not change this: { $files }.
fail-not-allowed-here = You may not change anything here, or this change would also touch a page of which that holds.
fail-not-allowed-do = Ask an admin for the right, or to make the change. What you typed is below.
fail-not-here-title = Editing isn’t open here
fail-not-here = From this address the wiki can only be read.
fail-not-here-do = Edit on the computer that the wiki runs on, by http://127.0.0.1 or http://localhost. Or clone the wiki, and send your change to whoever runs it.
fail-foreign-title = This form isn’t from this wiki
fail-foreign = Your browser says that this form came from another site. So nothing was changed.
fail-foreign-do = Open the page here and try again.
fail-not-found-title = Not found
fail-not-found = There is nothing at this address.
fail-not-found-do = See whether the address is right, search, or begin at the front page.
fail-bad-title = This can’t be understood
fail-bad-do = Go back and try again.
fail-bad-address = The address has characters or a name that can’t be here.
fail-bad-form = The form was damaged on its way.
fail-method = This address can’t be used like that.
fail-too-much = More was sent than fits in a page. Nothing was changed.
fail-too-much-do = Go back: your text is still there. Spread it over more pages.
fail-too-slow = Sending took too long and was broken off. Nothing was changed.
fail-too-often-title = A moment, please
fail-too-often = This was asked for too often in a row. It can be done again in { $seconds ->
    [one] 1 second
   *[other] { $seconds } seconds
}.
fail-too-often-do = Wait that long, then try again.
fail-not-utf8 = Part of what you sent is not readable text (UTF-8). Nothing was changed.
fail-bad-base = The form names a version that is no version.
fail-bad-language = This wiki doesn’t speak that language. Choose nl or en.
fail-not-text = This file is not text and can’t be edited here.
fail-taken = There is a page at that address already.
fail-version-title = There is no such version
fail-version = The version { $version } doesn’t belong to this wiki.
fail-version-do = Choose a version from the page’s history.
fail-refused-title = Not saved yet
fail-refused-do = Mend this and save again.
fail-overwrite-title = Not saved yet
fail-overwrite = In the work tree of this wiki these files were changed but not committed: { $files }. Saving would overwrite that work.
fail-overwrite-do = Commit those changes with git commit, or put them back. Then save again.
fail-busy-title = Not saved yet
fail-busy = Too much is being saved at once.
fail-busy-do = Wait half a minute and save again.
fail-later-title = Not possible right now
fail-later = Too much is being looked up at once.
fail-later-do = Wait half a minute and load this page again.
fail-away = The accounts of this wiki can’t be reached now, so nobody can be recognised.
fail-away-do = Try again in a moment. If it lasts, tell the admin.
fail-locked = Another program is at work in this git repository, such as a git commit whose editor is still open.
fail-locked-do = Finish or close it, and save again.
fail-broken-title = Something broke here
fail-broken = It wasn’t you. The error is in the server’s log.
fail-broken-do = Try again in a minute. If it goes wrong again, tell whoever runs this wiki.

complaint-name = Fill in your name.
complaint-name-taken = Somebody with an account has this name. Sign in if that is you, or fill in another name.
complaint-path = Fill in an address that can be, such as plans/new-plan.
complaint-taken = There is a page already, or it is the present address. Choose another address.
complaint-marks = Marks of the merge still stand in the text (<<<<<<< and >>>>>>>). Choose what stays and take the marks out.
complaint-changed = Somebody has changed this page in the meantime. Look at it first, and delete it then if you still want to.

summary-create = Made { $page }
summary-edit = Edited { $page }
summary-move = Moved: { $page }
summary-delete = Deleted { $page }
summary-revert = Brought back { $page }

feed-page = Changes of this page (Atom)
feed-changes = Recent changes (Atom)
feed-summary = Summary: { $summary }

value-yes = yes
value-no = no
value-unknown = unknown
value-from = from
value-until = until
value-through = to

body-table = Wide table
body-missing = This page doesn’t exist yet
body-done = done
body-open = to do

### What somebody reads who pushed with git.

pushed-by = pushed by { $name }
pushed-by-gone = somebody who has no account any more
push-refused = Polder did not accept this push. Nothing was changed. Mend this and push again:
push-other-branch = { $ref }: only the wiki's own branch is accepted. Push to that one.
push-not-forward = { $ref }: the wiki went on since you last got it. Bring both together and push again: git pull --rebase, then git push. Or let Polder bring them together: git push origin HEAD:refs/for/{ $branch }. What is in the wiki's history is never taken out.
push-no-commit = { $ref }: push a commit here, and nothing is deleted here: git push origin HEAD:{ $ref }.
push-forged = commit { $commit }: the address { $address } belongs to somebody else's account here. Make the commit yours: git rebase --exec "git commit --amend --no-edit --reset-author". Name who helped in a line “Co-authored-by:” of the message.
push-within = { $line } (in commit { $commit })
push-within-todo = What is in a commit stays in the history, also when a later commit takes it away. Take it out of the commit itself: git rebase -i.
push-option-unknown = -o { $option }: no such option is known here. There is: { $known } (for admins).
push-option-not-allowed = -o { $option }: only an admin may ask for this. Mend the errors, or ask an admin.
push-broken-taken = { $count ->
    [one] { $count } error was taken, since -o { $option } asked for it. This is noted. Mend it:
   *[other] { $count } errors were taken, since -o { $option } asked for it. This is noted. Mend them:
}
push-too-many-objects = This push brings more than { $most } objects. Push it in parts: first an older commit, as in git push origin HEAD~100:main. A whole wiki is brought in by an admin.
push-too-many-paths = The commits of this push change more than { $most } files. Push it in parts: first an older commit, as in git push origin HEAD~100:main. A whole wiki is brought in by an admin.
push-too-many-refs = This push names more than { $most } branches and tags. Push what belongs here: git push origin HEAD:main, and versions by name.
push-for-merged = { $count ->
    [one] Merged into the wiki as { $id }: { $count } file changed. Get it: git pull.
   *[other] Merged into the wiki as { $id }: { $count } files changed. Get it: git pull.
}
push-for-forward = { $count ->
    [one] The wiki is now at { $id }: { $count } file changed. There was nothing to merge.
   *[other] The wiki is now at { $id }: { $count } files changed. There was nothing to merge.
}
push-for-there = The wiki has these commits already. Nothing was changed.
push-for-clash = These files were changed in the wiki as well, in the same places. Nothing was changed:
push-for-finish = Your commits are kept for 30 days. Finish the merge here: { $address }
push-for-unrelated = This can't be merged here: it shares no history with the wiki, or takes away a file that can only be taken away in a clone. Get the wiki first: git pull. Then push again.
push-for-busy = Others were writing all the time. Nothing was changed; push again.
push-for-ng-clash = the same places were changed in the wiki
push-for-ng-refused = not accepted
push-for-ng-unrelated = can't be merged here
push-for-ng-busy = others are writing, push again
push-for-ng-broken = this did not work
summary-merge = Merged what was pushed
summary-mirror = Merged with mirror { $name }
push-version = { $ref }: a version is a new annotated tag with an @ in its name and a message of at most 64 KiB, and never moves. Make a new one: git tag -a page@label.
push-unknown-ref = { $ref }: a ref like this is not kept here.
push-unread = { $ref }: pushing is for those who may read the whole wiki, and you may not. Change what you may in the browser, or ask an admin.
push-not-allowed = { $path }: you may not change this file. Take the change out of your commits, or ask an admin.
push-version-not-allowed = { $ref }: only those who may edit the page or folder make versions of it. Ask an admin.
push-blocked = In the wiki's work tree these files were changed but not committed: { $files }. Commit them there, or put them back.
push-more = { $count ->
    [one] and { $count } more message
   *[other] and { $count } more messages
}

### Fixed words in a text.

alert-note = Note
alert-tip = Tip
alert-important = Important
alert-warning = Warning
alert-caution = Caution
body-back = Back to reference
