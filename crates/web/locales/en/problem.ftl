### What may be the matter with content: what happened, and what you can do.

level-error = error
level-warning = warning
level-hint = hint
problem-line = line { $line }:
problem-other = Something is wrong here ({ $code }).

problems-title = Things to look at
problems-none = Nothing was found that could be better.
problems-lead = { $count ->
    [one] 1 thing found
   *[other] { $count } things found
}{ $errors ->
    [0] , no errors.
    [one] , of which 1 error.
   *[other] , of which { $errors } errors.
}
problems-more = { $count ->
    [one] And 1 more file.
   *[other] And { $count } more files.
}
problems-mend = mend

problem-path-empty = There is no name. Give the page a name.
problem-path-too-long = The name is too long. Choose a shorter name or fewer folders.
problem-path-too-deep = There are too many folders within each other. Put the file higher up.
problem-path-dots = The name has an empty part, “.” or “..”. Take it out.
problem-path-character = The name has a character that can’t be in a name: a backslash, or something invisible. Take it out.
problem-path-git = Names that look like “.git” belong to git itself. Choose another name.
problem-path-edge = A part of the name begins or ends in a space, or ends in a dot. Take it out.
problem-path-not-nfc = Accented letters stand in the name as loose characters. Write the name in Unicode form NFC.
problem-path-windows = Windows can’t make a file of this name. Leave out : * ? " < > | and names such as CON and NUL.
problem-path-not-utf8 = The name is not UTF-8. Give the file a name in UTF-8.
problem-path-taken = There is a folder or file of that name in that place. Choose another name.

problem-front-alias = The frontmatter has a reference with *. Write the value out.
problem-front-anchor = The frontmatter has an anchor with &. Write the value out in each place.
problem-front-tag = The frontmatter has a YAML type with !. Leave it out.
problem-front-merge-key = The frontmatter has <<. Write the fields out.
problem-front-duplicate-key = The field “{ $key }” stands in the frontmatter twice. Keep one.
problem-front-not-fields = The frontmatter is not a list of fields. Write on each line: name: value.
problem-front-odd-key = A field in the frontmatter has a name that isn’t plain text. Write: name: value.
problem-front-syntax = The frontmatter can’t be read: { $reason }. Look at indents, colons and quotation marks.
problem-front-tab = The frontmatter has a tab. Indent with spaces.
problem-front-too-deep = The frontmatter is deeper than { $most } levels. Make it flatter.
problem-front-too-many = The frontmatter has more than { $most } parts. Make it shorter.
problem-front-too-large = The frontmatter is larger than { $most } bytes and counts as text therefore. Make it shorter.

problem-link-broken = “{ $target }” doesn’t exist. Make that page or change the link.
problem-link-ambiguous = “{ $target }” may be more than one page: { $pages }. Write the whole path.
problem-link-no-heading = “{ $target }” has no heading “{ $heading }”. See whether the heading got another name.
problem-link-refused = “{ $target }” is a kind of address that isn’t allowed. Use https:, mailto: or a page.

problem-utf8 = This file is not UTF-8. Convert it to UTF-8.
problem-too-large = This file is too large; the most is { $most }. Divide it.
problem-too-costly = This page is too complicated to lay out and is shown as plain text. Divide it.
problem-name-collision = This name differs from “{ $other }” only in capitals or accents. On some computers those are the same file. Choose another name.
problem-symlink = This is a symbolic link, and those aren’t followed. Put the file itself here.
problem-submodule = This is a submodule, and it isn’t shown. Put the files themselves here.
problem-settings-wrong-value = “{ $key }” has a value that doesn’t fit. Expected: { $expected }.
problem-settings-unknown-key = “{ $key }” is not a setting. Did you mean “{ $near }”?
problem-unreadable = The repository does not give this file: it is too large or damaged. Put it back from a clone or backup.
