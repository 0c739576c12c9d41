### Vinden: zoeken, mindmap, index.

search-title = Zoeken
search-hint = Zet aanhalingstekens om woorden die bij elkaar horen: "plan van aanpak".
search-building = De zoekindex wordt nog gemaakt. Straks vind je misschien meer.
search-left-out = { $count ->
    [one] Dit moment verschilt zo veel van nu dat 1 pagina niet doorzocht is.
   *[other] Dit moment verschilt zo veel van nu dat { $count } pagina’s niet doorzocht zijn.
}
search-count = { $count ->
    [0] Niets gevonden voor “{ $query }”
    [one] 1 pagina gevonden voor “{ $query }”
   *[other] { $count } pagina’s gevonden voor “{ $query }”
}
search-suggestion = Bedoel je “{ $query }”?
search-empty = Probeer minder woorden, of een deel van een woord.
search-create = Maak de pagina “{ $page }”
search-past = Zoek in wat is weggehaald
search-past-hint = Gezocht wordt in de regels die bij een wijziging uit een pagina verdwenen, ook uit pagina’s die er niet meer zijn. Het laatst weggehaalde staat bovenaan.
search-past-building = Nog niet alles is bekeken: { $done } van { $of } wijzigingen. Straks vind je misschien meer.
search-past-count = { $count ->
    [0] “{ $query }” is nergens weggehaald
    [one] “{ $query }” is uit 1 pagina weggehaald
   *[other] “{ $query }” is uit { $count } pagina’s weggehaald
}
search-past-empty = Misschien staat het nog in een pagina. Zoek dan zonder het vinkje, of probeer minder woorden.
search-past-removed = Weggehaald op { $date } door { $author }
search-past-earlier = { $count ->
    [one] ook 1 keer eerder
   *[other] ook { $count } keer eerder
}
search-past-before = Laatste versie hiermee
search-past-change = Wat er veranderde
search-past-now = Zoals het nu is
search-past-gone = Deze pagina is er niet meer

map-title = Mindmap
map-shapes = Vorm
map-shape-map = Kaart
map-shape-outline = Overzicht
map-shown = { $shown } van { $total } onderwerpen getoond
map-by = Vertakt naar
map-by-folders = mappen
map-by-links = verwijzingen
map-by-records = samenhang van records
map-depth = Diepte
map-draw = Teken
map-region = De kaart
map-hint = Elk onderwerp is een verwijzing. Past de kaart niet op het scherm, schuif haar dan opzij.
map-outline = Overzicht
map-under = { $count ->
    [one] 1 onderwerp
   *[other] { $count } onderwerpen
}
map-focus = middelpunt
map-more = nog { $count }
map-zoom = Zet { $topic } in het midden
map-drawing-title = Mindmap van { $wiki }
map-drawing-description = Elk onderwerp is een verwijzing naar zijn pagina. Hetzelfde staat als lijst in het overzicht.

index-title = Index
index-orders = Volgorde
index-alphabet = A–Z
index-folder = Per map
index-type = Per soort
index-tag = Per trefwoord
index-orphans = Losse pagina’s
index-wanted = Gevraagde pagina’s
index-letters = Letters
index-lead-all = { $count ->
    [one] Deze wiki heeft 1 pagina.
   *[other] Deze wiki heeft { $count } pagina’s.
}
index-lead-type = { $count ->
    [one] Eén pagina met een soort.
   *[other] { $count } pagina’s met een soort.
 }
index-lead-tag = { $count ->
    [one] 1 pagina heeft een trefwoord.
   *[other] { $count } pagina’s hebben een trefwoord.
}
index-lead-orphans = { $count ->
    [0] Naar elke pagina wordt verwezen.
    [one] Naar 1 pagina verwijst geen enkele andere.
   *[other] Naar { $count } pagina’s verwijst geen enkele andere.
}
index-lead-wanted = { $count ->
    [0] Elke verwijzing leidt naar een pagina.
    [one] Naar 1 pagina wordt verwezen terwijl zij nog niet bestaat. Schrijf haar.
   *[other] Naar { $count } pagina’s wordt verwezen terwijl zij nog niet bestaan. Schrijf er een.
}
index-empty-all = Er is nog geen pagina.
index-empty-type = Nog geen pagina heeft een soort. Zet er een in het kopje: type: project.
index-empty-tag = Nog geen pagina heeft een trefwoord. Zet er een in het kopje: tags: [plan].
index-empty-orphans = Er zijn geen losse pagina’s.
index-empty-wanted = Er zijn geen gevraagde pagina’s.
index-problems-look = Punten van aandacht in deze wiki
index-problems = { $count ->
    [one] 1 punt van aandacht in deze wiki
   *[other] { $count } punten van aandacht in deze wiki
}
