### People: signing in, accounts, invitations, privacy.

bar-person = Signed in as{" "}
sign-in-title = Sign in
sign-in-lead = Sign in to write, and to read what is not for everybody.
sign-in-before = This screen is for who is signed in. You go on from there by yourself.
sign-in-within = You are not signed in (any more). What you sent is not lost: sign in, and it is done at once.
sign-in-again = Give your password once more: you signed in more than a quarter of an hour ago, and this touches your account or somebody else’s. Then it is done at once.
sign-in-again-elsewhere = Sign in once more: you did so more than a quarter of an hour ago, and this touches your account or somebody else’s. Then it is done at once.
sign-in-button = Sign in
sign-in-none = This wiki has no accounts yet. Its keeper makes the first with the link that Polder shows when it starts.
sign-in-tls = You can’t sign in here: the connection is not encrypted, so others could read along. Use an address that begins with https://.
sign-in-forgot = Forgot your password?
sign-in-wrong = This name and this password do not belong together, or the account is disabled.
sign-in-wait = Too many failed attempts. Try again in { $seconds ->
    [one] 1 second
   *[other] { $seconds } seconds
}.
sign-in-busy = Too many people are signing in at once. Try again in a few seconds.
sign-out = Sign out
sign-up-title = Make an account
sign-up-lead = Choose a name and a password. You are signed in at once.
again-title = Not done yet
again-lead = This form belonged to an earlier sign-in. If you filled it in yourself, send it again; nothing is lost.
again-button = Send again

first-title = The first account
first-lead = This will be the admin of the wiki. Once this account is there, only those who sign in can write.
invite-title = You are invited
invite-lead = Choose a name and a password. The invitation works once.
reset-title = New password
reset-lead = Choose a new password. All browsers that are signed in now are signed out, and all your tokens stop working.
reset-button = Save and sign in
forgot-title = Forgotten password
forgot-lead = Give your name or your e-mail address. If there is an account, it is sent an e-mail with a link that holds for a quarter of an hour.
forgot-sent = If there is an account with an e-mail address, an e-mail is on its way. The link in it holds for a quarter of an hour. If none comes, ask an admin for a link.
forgot-ask = This wiki sends no e-mail. Ask an admin for a link for a new password.
forgot-who = Name or e-mail address
forgot-button = Send the link

people-title = People
people-count = { $count ->
    [one] One account
   *[other] { $count } accounts
}
people-faults = { $count ->
    [one] Not done yet: mend this first
   *[other] Not done yet: mend these { $count } points first
}
people-login = Name to sign in with
people-login-hint = One word: letters, digits, and a dot, dash or @ between them.
people-name = Name
people-name-hint = How you appear in the history, for everybody to read.
people-email = E-mail address
people-email-hint = Only you and the admins see it. May stay empty.
people-password = Password
people-new-password = New password
people-new-password-hint = At least 12 characters; longer is better than complicated. A few unrelated words do well.
people-make = Make the account
people-admin = Admin
people-disabled = Disabled
people-groups = Groups
people-groups-hint = Small letters, with commas between, like editors, hr. Access rules name them.
people-since = Since
people-address = Address in the history
people-no-email = none
people-rights = Name and rights
people-is-admin = Admin: may read and write everything, and keeps the accounts
people-access = Access
people-access-lead = You hand over a link for a new password yourself; it holds for a quarter of an hour. Whoever is disabled is signed out everywhere at once; tokens stop working too.
people-reset = Make a link for a new password
people-reset-link = Link for a new password
people-reset-link-lead = Give this link to this person and to nobody else. It works once, for a quarter of an hour, and is not shown again.
people-disable = Disable this account
people-disable-own = You can’t disable your own account. Let another admin do so.
people-enable = Enable this account
people-rules = Who may do what
people-rules-lead = The access rules say for each folder or page which groups read and edit there. They are kept in the wiki itself, in .polder/access.yml.
people-rules-edit = Edit the access rules
people-done = Saved.
people-invite = Invite somebody
people-invite-lead = You get a link that works once, for a week. Whoever has it chooses their own name and password.
people-invite-email-hint = If you give it, the link is sent there.
people-invite-no-mail-hint = This wiki sends no e-mail: you hand over the link yourself. The address is kept with the account.
people-invite-admin = Becomes an admin too
people-invite-button = Make the invitation
people-invite-link = The invitation
people-invite-link-lead = Give this link to whom you invite. It works once, for a week, and is not shown again.
people-link-mailed = The link is on its way to { $email }. It works once, for a week, and is not shown here again.
people-copy-what = {" "}the link
people-links = Open invitations and links
people-links-lead = Whoever has one can come in by it. Withdraw what is not needed any more; the link itself can’t be seen again.
people-no-links = No invitations or links are open.
people-link-invite = Invitation
people-link-reset = New password
people-link-by = Made by
people-withdrawn = Withdrawn. The link does not work any more.
people-end = End all sessions and tokens
people-log-lead = The last times that somebody signed in or tried to. Kept for 90 days.

account-title = Your account
account-profile = Who you are
account-address = In the history this address stands with your name; it leads nowhere:
account-lang = Language of the screens
account-lang-browser = As the browser asks
account-save = Save
account-password = Password
account-password-lead = A new password signs out all your other browsers. Your tokens go on working.
account-current = Present password
account-current-wrong = This is not your present password.
account-password-button = Change the password
account-sessions = Where you are signed in
account-sessions-lead = If you don’t know one, end it and change your password.
account-here = This browser
account-since = Since
account-used = last used
account-unused = not used yet
account-end = End
account-end-others = End all others
account-tokens = Tokens for programs
account-tokens-lead = With a token, git or another program gets at the wiki in your name. Use it as a password, or as a Bearer token.
account-no-tokens = No tokens yet.
account-made = Made
account-expires = holds until
account-no-end = without end
token-label = What for
token-label-hint = Like: laptop, or the monthly report.
token-days = Holds, in days
token-days-hint = Empty: without end.
token-days-bad = Give a number of days from 1 to 3650, or nothing.
token-scope = What it may do
token-reads = Read only
token-writes = Read and write
token-make = Make a token
token-end = Withdraw
token-made = The token
token-made-lead = Keep it now: it is not shown again.
token-copy-what = {" "}the token
account-log = Sign-ins
account-log-lead = Of the last 90 days. The last part of addresses is left out.
account-no-log = No sign-ins yet.
account-no-agent = Unknown program
account-export = Your data
account-export-lead = All that is kept about your account, in one file. What you wrote is in the wiki itself.
account-export-button = Get the file
account-remove = Remove the account
account-remove-lead = Your account, password, tokens and sign-ins are gone at once and for good. What stays are your changes in the wiki: under your name, with an address that nobody can trace any more.
account-remove-sure = I am sure
account-remove-button = Remove my account
account-remove-unsure = Tick “I am sure” to remove your account.
account-done-profile = Saved.
account-done-password = The new password holds. Your other browsers are signed out.
account-done-end = Ended.
account-done-linked = Linked. From now on you can sign in that way.
account-done-unlinked = Unlinked.
account-unlink-last = This is the only way in to your account. Have an admin give you a link for a password first.
account-done-token = The token is withdrawn.

oidc-button = Sign in with { $name }
oidc-going-title = On to { $name }
oidc-going = You go there by yourself now, and come back here when you have signed in.
oidc-go = Go to { $name }
oidc-not-begun = This sign-in was not begun in this browser, was finished already, or took longer than half an hour. Begin again.
oidc-away = { $name } can’t be reached at the moment. Try again in a while.
oidc-settings = { $name } does not accept this wiki. Tell the keeper of the wiki: the settings for signing in do not agree.
oidc-refused = { $name } did not sign you in. Try again, or choose another account there.
oidc-token = The answer of { $name } could not be believed, so you are not signed in. Begin again; if it happens again, tell the keeper of the wiki.
oidc-level = You signed in at { $name } in a way that is not sure enough for this wiki. Choose a stronger way there.
oidc-stale = { $name } did not ask you to sign in anew. Sign out there, and try again.
oidc-full = Too many are signing in at once. What you sent is still here: try again in a few minutes.
oidc-unknown = There is no account here yet for who you are at { $name }. Ask an admin for an invitation; after that, link your account on the screen “Your account”.
oidc-disabled = Your account in this wiki is disabled. Ask an admin.
oidc-another = You signed in at { $name } as somebody else than who you are here.
oidc-taken = This account of { $name } belongs to another account in this wiki already.
oidc-unusable = No account could be made of what { $name } says of you. Ask an admin for an invitation.
oidc-groups = Groups by single sign-on
oidc-account = Signing in elsewhere
oidc-account-lead = With an account elsewhere that is linked to this one, you sign in here without a password.
oidc-link = Link my account of { $name }
oidc-unlink = Unlink

acts-title = What admins did
acts-lead = Who changed what about accounts, rights and groups. Kept for two years.
acts-none = Nothing was done yet.
acts-by = By
acts-whom = To whom
acts-more = Details
acts-nobody = somebody at the server
acts-gone = (removed account)
act-made = Account made
act-removed = Account removed
act-admin-given = Made an admin
act-admin-taken = No admin any more
act-groups = Groups changed
act-renamed = Name changed
act-invited = Invited
act-reset-link = Link for a new password made
act-withdrawn = Link withdrawn
act-ended = Sessions and tokens ended

log-when = When
log-what = What
log-from = Network
log-agent = Program
log-unknown = (unknown name)
log-in-password = Signed in
log-in-oidc = Signed in by another service
log-in-invite = Account made
log-in-reset = Signed in by a link
log-in-first = First account made
log-failed = Failed
log-password-set = Password changed
log-disabled = Disabled
log-enabled = Enabled
log-token-made = Token made
log-token-ended = Token withdrawn
log-session-ended = Ended

fault-login-taken = That name is taken.
fault-login-bad = Use one word of letters and digits, with at most a dot, dash, plus or @ between them.
fault-name-bad = Use a name on one line, without < and >.
fault-name-taken = Somebody else has this name here. Add something to it, like a second name or your organisation.
fault-email-bad = This is no e-mail address.
fault-group-bad = Groups are small letters, digits and dashes, and are not called everyone, accounts or admins.
fault-label-bad = Keep it to one line of at most 80 characters.
fault-password-short = Use at least 12 characters.
fault-password-long = Use at most 256 characters.
fault-password-common = This password is too easy to guess. Choose another.
fault-password-name = Don’t use your own name or that of the wiki.
fault-last-admin = That would leave no admin who can sign in. Make somebody else an admin first, who has a password.
fault-too-many = There are too many already. Clear one away first.
fault-gone = That is no longer there. Load the screen again.

fail-not-yours = You are signed in, but with this account you may not do this.
fail-not-yours-do = Ask an admin for the right, or sign in with another account.
fail-token-title = Token not accepted
fail-token = This token does not exist, has expired, or was withdrawn.
fail-token-do = Make a new token on the screen of your account.
fail-token-reads = With this token you can only read.
fail-token-reads-do = Make a token that may write as well.
fail-tls-title = You can’t sign in here
fail-tls = The connection is not encrypted, so others could read your password along.
fail-tls-do = Use an address that begins with https://, or ask the admin for one.
fail-link-title = This link does not work (any more)
fail-link = The link was used already, is too old, or was not copied whole.
fail-link-do = Ask for a new one.

mail-invite-subject = Invitation to { $wiki }
mail-invite =
    You are invited to { $wiki }.

    Make your account with this link. It works once, for a week:

    { $url }

    If you don’t know this wiki, you need not do anything.
mail-reset-subject = New password for { $wiki }
mail-reset =
    Somebody, probably you, asked for a new password for { $wiki }.

    Choose it with this link. It works once, for a quarter of an hour:

    { $url }

    If you did not ask for it, you need not do anything: your password stays as it is.

privacy-title = Privacy
privacy-lead = What this wiki keeps about people, what for, and for how long.
privacy-held = What is kept
privacy-cookies = Cookies
privacy-cookies-lead = Whoever only reads gets no cookie. A cookie comes only when you choose something or sign in; none of them follows you.
privacy-what = What
privacy-why = What for
privacy-how-long = For how long
privacy-git = The history of the wiki is open to whoever may read its pages: with each change stand a name, a time and an address that means something within this wiki alone. Which account that is, is not in the history and known to admins only. Whoever sends a change by git chooses the name and address in it: set the address of your account there if you want to show no other.
privacy-none = This wiki loads nothing from other services, counts no visitors and passes nothing on.
privacy-account = Name, name to sign in with, e-mail address, language, groups
privacy-account-why = To know you, to reach you and to know your rights
privacy-account-long = Until the account is removed
privacy-password = A print of your password and of your tokens that can’t be turned back
privacy-password-why = To sign you in
privacy-session = Where you are signed in: browser, network without its last part, times
privacy-session-why = To keep you signed in, and to show sign-ins that are not yours
privacy-session-long = 7 days after the last use, 30 at most; for admins 12 and 24 hours
privacy-log = Sign-ins and failed attempts: name, time, browser, network without its last part
privacy-log-why = To find abuse
privacy-log-long = 90 days
privacy-acts = What admins change about accounts and rights: who, what, to whom, when
privacy-acts-why = To look up later who gave or took a right
privacy-acts-long = Two years. Once an account is removed the lines don’t name it any more; only that of the removal keeps the name to sign in with
privacy-changes = Your changes: text, time, name, an address that leads nowhere; and by that address which commits you pushed
privacy-changes-why = Because its history gives the wiki its meaning
privacy-changes-long = As long as there is a wiki
privacy-cookie-session = polder (by https: __Host-polder)
privacy-cookie-session-why = To keep you signed in
privacy-cookie-session-long = Until you sign out, 30 days at most
privacy-cookie-oidc = polder-oidc (by https: __Host-polder-oidc)
privacy-cookie-oidc-why = To know your browser again when it comes back from signing in elsewhere
privacy-cookie-oidc-long = Until you are signed in, half an hour at most
privacy-cookie-lang = polder-lang
privacy-cookie-lang-why = The language that you chose
privacy-cookie-lang-long = A year
privacy-cookie-name = polder-name
privacy-cookie-name-why = The name that you gave when you saved something without an account
privacy-cookie-name-long = Half a year
privacy-own = What is kept about you

git-sign-in = This takes an account. Give your name, and as password a token from the screen of your account.
git-not-all = A clone holds the whole wiki, and you may not read everything. Ask an admin.
git-wait = Too many failed attempts. Wait a moment and try again.
