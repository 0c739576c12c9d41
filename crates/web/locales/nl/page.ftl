### Een pagina lezen, een map, een pagina die er niet is.

crumbs-label = Kruimelpad
tabs-label = Deze pagina
tab-view = Lezen
tab-edit = Bewerken
tab-history = Geschiedenis
menu-move = Verplaatsen
menu-delete = Verwijderen
menu-raw = Bron
banner-superseded = Deze versie is niet meer actueel. Zie { $page } voor het huidige bestand.
banner-old = Je bekijkt deze pagina zoals zij was op { $date }.
banner-present = Naar de huidige pagina
banner-compare = Vergelijk met de huidige pagina
banner-not-text = Dit bestand is geen tekst in UTF-8 en kan daarom niet als pagina worden getoond. Zet het om naar UTF-8 en push het opnieuw.
banner-too-large = Deze pagina is te groot om op te maken. Hieronder staat de bron. Verdeel de tekst over meer pagina’s.
banner-raw = Haal de bron op
edited-by = Laatst bewerkt door { $author } op { $date }
edited-history = geschiedenis
edited-reading = De geschiedenis wordt nog gelezen.
record-title = Gegevens
record-missing = {" "}(bestaat nog niet)
contents-title = Inhoudsopgave
sub-pages-title = Pagina’s in deze map
backlinks-title = Verwijst hierheen
tags-title = Trefwoorden
page-problems = { $count ->
    [one] 1 punt van aandacht op deze pagina
   *[other] { $count } punten van aandacht op deze pagina
}

folder-kicker = Map
folder-create = Schrijf een pagina voor deze map
folder-changes = Wijzigingen in deze map
folder-versions = Versies van deze map
folder-folders = Mappen
folder-pages = Pagina’s
folder-empty = Hier staat nog geen pagina.

missing-title = { $page } bestaat nog niet
missing-lead = Op het adres { $path } staat geen pagina.
missing-deleted = { $author } heeft deze pagina verwijderd op { $date }.
missing-deleted-history = Bekijk de geschiedenis
missing-create = Maak deze pagina
missing-near = Bedoel je een van deze?
missing-search = Of zoek verder
