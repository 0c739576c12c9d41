### What `polder doctor` says of a repository.

doctor-h-conventions = Conventions
doctor-h-links = Links
doctor-h-problems = Problems
doctor-h-different = What will look different
doctor-h-repository = Repository
doctor-h-settings = Settings

doctor-bare = Bare repository; the wiki is its branch { $branch }.
doctor-work-tree = Repository with a work tree; the wiki is its branch { $branch }. What is not committed is not looked at.
doctor-folder = Plain folder without a git repository. Polder serves only what is in git. To keep it so: git init, git add and git commit in this folder.
doctor-empty = The branch has no commits yet.
doctor-empty-others = The branch that HEAD names has no commits, so the wiki would be empty. To serve another: git symbolic-ref HEAD refs/heads/{ $branch }
doctor-sizes = Pages: { $pages }. Other files: { $files }. Together { $size }.
doctor-commits = Commits: { $commits }. Packs: { $packs } ({ $packed }). Loose objects: { $loose } ({ $loosed }).
doctor-largest = Largest: { $file } ({ $size })
doctor-detached = HEAD names a commit, no branch. This looks at that commit. polder serve takes the branch that the repository was cloned for, else main or master, else the only one.
doctor-linked = A linked work tree; the repository itself lies elsewhere.
doctor-shallow = Shallow: older commits are not here, so the history begins late.
doctor-partial = Partial: files that are not here are not fetched. To have all of it: git fetch --refetch --no-filter
doctor-absent = Files of which the bytes are not here: { $count }
doctor-alternate = Objects are borrowed from { $folder }. They must stay there.
doctor-stash = There is work in git stash. It stays.
doctor-hooks = Hooks of your own, which Polder doesn’t run: { $names }
doctor-changed = Files in the work tree that are changed or new: { $count }. A save that would write one of them is refused.
doctor-branches = Other branches: { $count } ({ $names }). They stay, and are not shown.
doctor-tags = Other tags: { $count } ({ $names }). They stay, and are not shown.
doctor-versions = Versions (annotated tags such as plans/dike@v1): { $count }
doctor-odd-tag = { $tag } has the name of a version but is none: only an annotated tag with a label that can be one counts.

doctor-program-polder = Has settings for Polder.
doctor-program-obsidian = A vault of Obsidian (.obsidian).
doctor-program-silverbullet = A space of SilverBullet.
doctor-program-gollum = A wiki of Gollum, by its files.
doctor-program-github = A wiki of GitHub, by its files.
doctor-program-gitlab = A wiki of GitLab, by its files.
doctor-program-plain = Plain Markdown; nothing shows by which program it was kept.
doctor-front = Front page: { $file }
doctor-front-none = There is no front page: no FrontPage, Home, index, README or start. The first screen then says so.
doctor-front-others = Other pages that could be it: { $files }
doctor-order-set = Order in [[a|b]]: { $order }, as the settings say.
doctor-order-found = Order in [[a|b]]: { $order }, by what was found.
doctor-order-text-first = text first, [[text|page]]
doctor-order-target-first = page first, [[page|text]]
doctor-attachments = Attachments: { $count } of { $all } other files lie in { $folder }
doctor-attachments-root = Attachments: { $count } of { $all } other files lie at the top
doctor-parts = Parts shown with pages: { $files }
doctor-hidden = Files that other programs keep for themselves (in folders with a dot): { $count }. They stay.

doctor-links-wiki = [[page]]: { $count }
doctor-links-piped = [[a|b]]: only the left side names a page in { $target }, only the right in { $text }, both in { $both }, neither in { $neither }
doctor-links-markdown = [text](page): { $count }
doctor-links-embeds = ![[page]]: { $count }
doctor-links-images = ![text](picture): { $count }
doctor-links-external = Of all these, out of the wiki: { $count }

doctor-no-problems = None.
doctor-level-count = { $level } { $code }: { $count }
doctor-broken = Links to pages that are not there: { $count }
doctor-ambiguous = Links that could mean more than one page: { $count }. They lead to a choice.
doctor-errors = Errors: { $count }
doctor-unwritable = Names that may stay, but could not be given in Polder: { $count }
doctor-more = … and { $count } more: polder check { $path }

doctor-nothing-different = Nothing that was found.
doctor-foreign-place = { $what }: { $count ->
    [one] once, in { $place }
   *[other] { $count } times on { $pages ->
        [one] one page
       *[other] { $pages } pages
    }, first in { $place }
}
doctor-foreign-contents = [[_TOC_]] stays as a link; Polder shows the contents of a page by itself
doctor-foreign-include = a page within a page by include is not shown; write ![[page]]
doctor-foreign-macro = <<Macro()>> is shown as text
doctor-foreign-picture-options = a picture as [[file|width=…]] becomes a link without width; write ![text](file)
doctor-foreign-directive = [[!directive]] is shown as a link
doctor-foreign-comment = %%comment%% is shown as text, so it can be read by all
doctor-foreign-mark = ==mark== is shown without the mark
doctor-foreign-callout = > [!kind] of a kind that GitHub doesn’t have is a plain quotation
doctor-foreign-query-block = queries of plugins (dataview, tasks, base) are shown as code
doctor-foreign-diagram = drawings as text (mermaid, plantuml) are shown as code
doctor-foreign-math = formulas are shown as text
doctor-foreign-critic = {"{"}++CriticMarkup++{"}"} is shown as text
doctor-foreign-inline-tag = #tag in the text is no tag; tags stand in the frontmatter
doctor-foreign-other-link = links as [page]() or [[text>>page]] lead nowhere
doctor-special-underscored = Files that begin with _ and are pages like others: { $files }
doctor-special-other-markup = Pages that are not Markdown, which are offered as files: { $files }
doctor-special-redirects = .redirects.gollum is not read. Give the page an alias instead: aliases: [old name]
doctor-special-look = custom.css and custom.js of the wiki are not used
doctor-special-obsidian-file = Canvas and base files, which are offered as files: { $files }
doctor-by-name = Files that are named without their folder are not found: { $count }
doctor-by-name-place = { $place } means { $file }
doctor-lfs = Files of Git LFS: { $count } ({ $size } elsewhere). Their pointers are served, not their bytes: { $files }

doctor-settings-none = Nothing to set: what was found by itself is what the wiki says.
doctor-settings-new = These lines in .polder/config.yml would say what was found. Nothing was written.
doctor-settings-add = These lines added to .polder/config.yml would say what was found. Nothing was written.

doctor-rebuilt = The cache in { $folder } is gone. The next start makes it anew.
doctor-rebuild-nothing = There is nothing in { $folder } to throw away.
doctor-in-use = The wiki of { $folder } is being served. Stop polder serve first, then try again.
