### Wat vragen in een pagina opleveren: tabellen, borden, plaatjes, totalen.

query-title = Vraag
query-pages = Pagina’s
query-link = Vaste link
query-rows = { $count ->
    [0] Geen rijen
    [one] 1 rij
   *[other] { $count } rijen
}
query-rows-cut = { $shown } van { $count } rijen
query-empty = Nog geen rijen.
query-nothing = niets
query-no-value = niet ingevuld
query-no-dates = Geen van de rijen heeft een datum.
query-column-title = Titel
query-total = Totaal
query-subtotal = Subtotaal
query-total-count = aantal
query-total-average = gemiddelde
query-total-min = laagste
query-total-max = hoogste
query-total-earliest = vroegste
query-total-latest = laatste
query-total-share = deel
query-faulty = { $count ->
    [one] Deze vraag is niet te lezen. Er klopt iets niet:
   *[other] Deze vraag is niet te lezen. Er kloppen { $count } dingen niet:
}
query-too-costly = Deze vraag kost te veel rekenwerk. Vraag minder: één soort, een voorwaarde als plan = this, minder verwijzingen achter elkaar.
query-elsewhere = Deze uitkomst is te groot om naast de andere op deze pagina te staan.
query-alone = Laat haar alleen zien
query-picture-cut = Het plaatje laat de eerste { $shown } van { $count } zien. De tabel eronder heeft ze allemaal.
query-bars-cut = Dit zijn de eerste { $shown } van { $count }. Zet er limit bij voor meer.
query-fill-cut = Wat leeg is, staat er tot en met { $last }; daarna alleen wat er is.
query-stack-cut = De balken zijn niet verdeeld: ze zouden meer dan { $most } delen hebben.
query-edit-cut = De eerste { $shown } van { $count } rijen zijn hier te bewerken, de andere op hun eigen pagina.
query-file-cut = De eerste { $shown } van { $count } rijen; de andere staan niet in dit bestand.
query-source = De vraag zoals zij er staat
query-after-save = na het bewaren
query-edit = Cellen bewerken
query-edit-done = Klaar met bewerken
query-save = Bewaar
query-save-column = Bewaren
query-move = Verplaats
query-board = Bord
query-board-empty = Niets
query-months = Maanden
query-today = vandaag
query-whole-month = Zonder eigen dag in deze maand:
query-undated = { $count ->
    [one] 1 rij heeft geen datum.
   *[other] { $count } rijen hebben geen datum.
}
query-picture = Plaatje bij: { $caption }. De tabel eronder zegt hetzelfde.
query-fact-all = Samen { $all }. Het meest bij { $label }: { $most }.
query-fact = Het hoogst bij { $label }: { $most }.

value-n-unknown = { $count } onbekend
value-months = { $count ->
    [one] 1 maand
   *[other] { $count } maanden
}
value-fault-overflow = te groot om te berekenen
value-fault-costly = te veel rekenwerk
value-fault-cycle = verwijst naar zichzelf
value-fault-unreadable = niet te berekenen: het type klopt niet

set-act = Velden wijzigen
set-save = Bewaar
set-cancel = Annuleer
summary-set = { $fields } gewijzigd: { $page }
fail-no-record = Deze pagina heeft geen type, dus ook geen velden om in te vullen.
fail-odd-front = Het kopje van deze pagina is te ongewoon om er één veld in te wijzigen. Bewerk de pagina zelf.

total-lead = { $count ->
    [0] Nog niets telt mee. Wat meetelt, is van de soort: { $type }.
    [one] Hier telt 1 pagina mee, van de soort: { $type }.
   *[other] Hier tellen { $count } pagina’s mee, van de soort: { $type }.
}
total-counts = Telt mee
total-condition = Wat meetelt:
total-back = Terug naar de pagina
total-parts = waaruit
fail-query = Deze vraag is niet te lezen. Kijk op de pagina wat er mis is.
fail-query-number = Welke vraag bedoel je? Schrijf bij n een getal vanaf 1.
fail-format = Deze vorm bestaat niet. Neem een van de koppelingen op de pagina.
