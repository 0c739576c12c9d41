### The frame around every screen, and what dates are called.

skip = Skip to content
bar-label = Main menu
bar-menu = Menu
bar-languages = Language
nav-frontpage = FrontPage
nav-mindmap = Mindmap
nav-index = Index
nav-changes = Recent changes
nav-search = Search
search-label = Search words
search-placeholder = Search this wiki
search-button = Search
side-summary = Pages
side-label = Pages
foot-clone = Take this wiki with you:
foot-copy = Copy
foot-copy-what = {" "}the clone address
foot-copied = Copied
foot-accessibility = Accessibility
paging-label = More pages
paging-newer = Newer
paging-older = Older
paging-previous = Previous
paging-next = Next
fail-status = Error code
fail-id = Number of this request:
fail-typed = Your text, to keep
size-bytes = { $count ->
    [one] 1 byte
   *[other] { $count } bytes
}

date-unknown = date unknown
date-monday = Monday
date-tuesday = Tuesday
date-wednesday = Wednesday
date-thursday = Thursday
date-friday = Friday
date-saturday = Saturday
date-sunday = Sunday
