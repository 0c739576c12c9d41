### Schrijven: bewerken, botsing, verplaatsen, verwijderen.

form-summary = Samenvatting
form-summary-hint = Wat heb je veranderd, en waarom? Eén zin is genoeg.
form-name = Jouw naam
form-name-hint = Komt bij deze wijziging in de geschiedenis te staan.
form-save = Bewaren
form-preview = Voorbeeld
form-cancel = Annuleren
form-complaints = { $count ->
    [one] Nog niet bewaard: verbeter dit eerst
   *[other] Nog niet bewaard: verbeter deze { $count } punten eerst
}

edit-act = Bewerken
edit-act-new = Nieuwe pagina
edit-path = Adres
edit-path-hint = Map en naam, zoals plannen/nieuw-plan. Kleine letters en streepjes lezen het best.
edit-text = Tekst
edit-text-hint = Markdown: ## kop, **vet**, - lijst, [[Pagina|tekst]].
edit-help = Hulp bij het schrijven
edit-preview-title = Voorbeeld
edit-preview-hint = Zo komt de pagina eruit te zien. Er is nog niets bewaard.
edit-guard = Je tekst is nog niet bewaard.

conflict-act = Samenvoegen
conflict-who = { $author } heeft op { $date } dezelfde regels veranderd als jij.
conflict-someone = Iemand anders heeft intussen dezelfde regels veranderd als jij.
conflict-kept = Er is niets verloren: hieronder staan beide teksten.
conflict-todo = { $count ->
    [one] Op één plek moet je kiezen. Maak de tekst af en bewaar opnieuw.
   *[other] Op { $count } plekken moet je kiezen. Maak de tekst af en bewaar opnieuw.
}
conflict-text = De samengevoegde tekst
conflict-text-hint = Zoek de regels met <<<<<<< en >>>>>>>. Houd wat goed is en haal de tekens weg.
conflict-drop = Mijn wijziging laten vallen
conflict-difference = Het verschil
conflict-difference-caption = Van de tekst die er nu staat naar jouw tekst
conflict-texts = De hele teksten
conflict-mine = Jouw tekst
conflict-theirs = De tekst die er nu staat
conflict-base = De tekst waarmee jullie begonnen
merge-title = Samenvoegen afmaken
merge-lead = Gepushte commit { $commit }: { $message }
merge-why = De wiki is op dezelfde plaatsen gewijzigd sinds aan deze commits werd begonnen. Beide blijven bewaard tot je kiest.
merge-todo = { $count ->
    [one] Bij { $count } bestand moet je kiezen; de rest is al samengevoegd.
   *[other] Bij { $count } bestanden moet je kiezen; de rest is al samengevoegd.
}
merge-too-many = { $count ->
    [one] Er is { $count } bestand meer dan hier past. Voeg samen in je kloon: git pull. Push dan opnieuw.
   *[other] Er zijn { $count } bestanden meer dan hier passen. Voeg samen in je kloon: git pull. Push dan opnieuw.
}
merge-save = Samenvoeging bewaren
merge-later = Nu niet
merge-mine = De tekst die is gepusht
merge-theirs = Wat de wiki nu heeft
merge-base = De tekst waar beide mee begonnen
merge-which = Welke blijft?
merge-size = { $bytes ->
    [one] { $bytes } byte
   *[other] { $bytes } bytes
}
merge-gone = heeft dit bestand niet
merge-difference-caption = Van de tekst die er nu staat naar de gepushte tekst
merge-again = Intussen heeft iemand deze bestanden nog eens gewijzigd. Wat je koos staat in de tekst hieronder; kijk naar wat tussen de tekens staat.

move-act = Verplaatsen
move-now = Huidig adres:
move-to = Nieuw adres
move-to-hint = Map en naam, zoals plannen/nieuw-plan. Het oude adres blijft werken.
move-button = Verplaatsen
move-links = Verwijzingen
move-no-links = Geen andere pagina verwijst hierheen.
move-rewritten = { $count ->
    [one] De verwijzing op deze pagina wordt mee aangepast:
   *[other] De verwijzingen op deze { $count } pagina’s worden mee aangepast:
}

delete-act = Verwijderen
delete-lead = De pagina verdwijnt uit de wiki. In de geschiedenis blijft zij bewaard, zodat je haar kunt terughalen.
delete-no-links = Geen andere pagina verwijst hierheen.
delete-links = { $count ->
    [one] Deze pagina verwijst hierheen. Die verwijzing loopt dood als je de pagina verwijdert:
   *[other] Deze { $count } pagina’s verwijzen hierheen. Die verwijzingen lopen dood als je de pagina verwijdert:
}
delete-button = Verwijder deze pagina
delete-keep = Laat staan
