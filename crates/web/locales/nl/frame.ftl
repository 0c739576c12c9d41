### Het kader om elk scherm, en hoe data heten.

skip = Naar de inhoud
bar-label = Hoofdmenu
bar-menu = Menu
bar-languages = Taal
nav-frontpage = FrontPage
nav-mindmap = Mindmap
nav-index = Index
nav-changes = Wijzigingen
nav-search = Zoeken
search-label = Zoekwoorden
search-placeholder = Zoek in deze wiki
search-button = Zoek
side-summary = Pagina’s
side-label = Pagina’s
foot-clone = Neem deze wiki mee:
foot-copy = Kopieer
foot-copy-what = {" "}het kloonadres
foot-copied = Gekopieerd
foot-accessibility = Toegankelijkheid
paging-label = Bladeren
paging-newer = Nieuwer
paging-older = Ouder
paging-previous = Vorige
paging-next = Volgende
fail-status = Foutcode
fail-id = Nummer van dit verzoek:
fail-typed = Jouw tekst, om te bewaren
size-bytes = { $count ->
    [one] 1 byte
   *[other] { $count } bytes
}

date-unknown = datum onbekend
date-monday = maandag
date-tuesday = dinsdag
date-wednesday = woensdag
date-thursday = donderdag
date-friday = vrijdag
date-saturday = zaterdag
date-sunday = zondag
