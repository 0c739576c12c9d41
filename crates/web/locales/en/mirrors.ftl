### Mirrors and webhooks, for who keeps the wiki.

mirrors-title = Mirrors
mirrors-lead = Other places that this wiki is kept level with. Which they are stands in the settings of the server.
mirrors-mirrors = Git mirrors
mirrors-none = No mirrors are set.
mirrors-asked = It is being tried now. Load this screen again in a moment to see how it went.
mirrors-json = As JSON
mirrors-running = busy
mirrors-level = level
mirrors-not-level = not level
mirrors-address = Address
mirrors-direction = Direction
mirrors-push = from here to there
mirrors-pull = from there to here
mirrors-both = both ways
mirrors-when = When
mirrors-every-seconds = { $count ->
    [one] every second
   *[other] every { $count } seconds
}
mirrors-every-minutes = { $count ->
    [one] every minute
   *[other] every { $count } minutes
}
mirrors-every-hours = { $count ->
    [one] every hour
   *[other] every { $count } hours
}
mirrors-every-days = { $count ->
    [one] every day
   *[other] every { $count } days
}
mirrors-on-change = and soon after a change here
mirrors-tried = Last try
mirrors-succeeded = Last level
mirrors-next = Next try
mirrors-never = not yet
mirrors-now = Try now: { $name }
mirrors-ahead = { $count ->
    [one] 1 commit is only here
   *[other] { $count } commits are only here
}
mirrors-behind = { $count ->
    [one] 1 commit is only there
   *[other] { $count } commits are only there
}
mirrors-odd = Versions that were left where they are
mirrors-odd-moved = { $name }: another version has this name there. Versions never move; give one of the two another name.
mirrors-odd-not-taken = { $name }: there is a tag there that is no valid version here.
mirrors-odd-not-given = { $name }: the other side refuses this version. { $why }
mirrors-odd-more = { $count ->
    [one] and 1 more
   *[other] and { $count } more
}
mirrors-merge = Merge them by hand
mirrors-line = line { $line }

mirrors-fault-token = The file with the token can't be used. Check token_file in the settings.
mirrors-fault-denied = The other side does not let this wiki in. Check the token or the key, and whether it may write.
mirrors-fault-host-key = The server's key is not known, or is another than expected. Check it and put it into the file of known_hosts.
mirrors-fault-no-repository = The other side answers, but has no repository at this address.
mirrors-fault-unreachable = The other side can't be reached.
mirrors-fault-too-long = It took too long and was ended.
mirrors-fault-ahead = The other side has commits that are not here, and nothing is pulled from this mirror. Nothing was overwritten. Pull them (direction = "both"), or take them away there.
mirrors-fault-refused = The other side refuses what this wiki sends.
mirrors-fault-clash = The same lines were changed here and there. Both sides are as they were. It is about:
mirrors-fault-judged = What the other side has holds errors, and was not taken. Mend it there.
mirrors-fault-settings = The other side changes settings, types or rules of access, which this mirror may not (settings = true allows it). Nothing was taken.
mirrors-fault-blocked = Changes of your own in the files beside the repository would be overwritten.
mirrors-fault-unrelated = The two sides have not one commit in common. Is this the right repository?
mirrors-fault-busy = Both sides changed again and again meanwhile. It is tried once more.
mirrors-fault-broken = It went wrong.

mirrors-hooks = Webhooks
mirrors-hooks-none = No webhooks are set.
mirrors-hook-events = Tells
mirrors-hook-fails = does not arrive
mirrors-hook-nothing = There was nothing to tell yet.
mirrors-hook-when = When
mirrors-hook-what = What
mirrors-hook-how = How it went
mirrors-hook-tries = Tries
mirrors-hook-taken = taken
mirrors-hook-refused = refused with status { $status }
mirrors-hook-failed = failed: { $why }
mirrors-hook-given-up = { $count ->
    [one] 1 message was dropped after the last try.
   *[other] { $count } messages were dropped after the last try.
}
