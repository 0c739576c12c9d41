### Geschiedenis, verschillen, recente wijzigingen.

change-created = nieuw
change-moved = verplaatst van { $from }
change-deleted = verwijderd

history-act = Geschiedenis
history-reading = De geschiedenis wordt nog gelezen. Deze lijst kan straks langer zijn.
history-empty = Er is nog geen geschiedenis. Bewaar de pagina om die te beginnen.
history-caption = Versies van deze pagina, de nieuwste bovenaan
history-from = Van
history-to = Naar
history-version = Versie
history-what = Wat
history-actions = Bekijken
history-pick-from = Vergelijk van
history-pick-to = Vergelijk naar
history-compare = Vergelijk deze twee
history-diff = verschil
history-revert = terugzetten
history-no-summary = zonder samenvatting

diff-act = Vergelijken
diff-old = Van
diff-new = Naar
diff-nothing = nog geen pagina
diff-same = De twee versies zijn gelijk.
diff-added = { $count ->
    [one] 1 regel toegevoegd
   *[other] { $count } regels toegevoegd
}
diff-removed = { $count ->
    [one] 1 regel verwijderd
   *[other] { $count } regels verwijderd
}
diff-moved = De pagina is verplaatst van { $from } naar { $to }.
diff-inexact = De teksten zijn groot; alleen het veranderde midden is vergeleken.
diff-paging = Andere wijzigingen
diff-previous = Vorige wijziging
diff-next = Volgende wijziging
diff-caption = Het verschil, regel voor regel
diff-part = Dit verschil is lang. Hier staan de regels { $first } tot en met { $last } van { $all }.
diff-part-begin = Naar het begin
diff-part-next = De regels die volgen
diff-line-old = Oude regel
diff-line-new = Nieuwe regel
diff-line-text = Tekst
diff-word-added = toegevoegd:
diff-word-removed = verwijderd:
diff-skipped = { $count ->
    [one] 1 gelijke regel overgeslagen
   *[other] { $count } gelijke regels overgeslagen
}

revert-title = Terug naar de oude versie
revert-lead = De oude tekst wordt een nieuwe versie. Wat er nu staat blijft in de geschiedenis.
revert-button = Zet de oude versie terug

changes-title = Recente wijzigingen
changes-folder = Map
changes-everywhere = De hele wiki
changes-show = Toon
changes-empty = Er is nog niets veranderd.
changes-diff = verschil
changes-more = { $count ->
    [one] en nog 1 pagina
   *[other] en nog { $count } pagina’s
}
