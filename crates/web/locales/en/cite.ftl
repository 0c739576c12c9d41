### Links to versions, and parts of other pages within a page.

cite-no-version = there is no such version
cite-holds = { $current } is in force
cite-withdrawn = withdrawn on { $date }
cite-piece-same = this part is unchanged
cite-piece-changed = this part has changed
cite-piece-gone = this part has been dropped
cite-piece-absent = this part was not in it then
cite-page-same = the page is unchanged
cite-page-changed = the page has changed
cite-page-fields = the text is unchanged, the fields have changed
cite-page-gone = the page is no longer there

embed-from = From
embed-no-page = Part of another page belongs here, but that page doesn’t exist. Make it or change the name:
embed-ambiguous = Part of another page belongs here, but more than one page is called so. Write the whole path:
embed-no-version = Part of version { $version } belongs here, but there is no such version. Choose one that exists:
embed-no-piece = The part “{ $piece }” belongs here, but the page doesn’t have it. See whether the heading got another name:
embed-no-text = Another page belongs here, but it can’t be laid out. Open the page itself:
embed-cycle = A part would stand within itself here; this is a link instead:
embed-deep = Inserted parts stand within each other three deep at most; this is a link instead:
embed-large = What belongs here is too large to insert; this is a link instead:
embed-too-many = too many inserted parts on one page; a link instead
embed-too-many-here = This page has too many inserted parts; this is a link instead:
embed-too-many-moments = This page has parts of too many versions; this is a link instead:
embed-after-save = This part of the page itself will be here once it is saved.
