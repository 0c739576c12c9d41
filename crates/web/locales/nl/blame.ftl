### Wie schreef wat, en hoe de velden veranderden.

blame-act = Wie schreef wat
blame-link = wie schreef wat
blame-history = Geschiedenis van de pagina
blame-lead = Onder elk stuk tekst staat wie het het laatst schreef of veranderde, wanneer, en waarom.
blame-written-by = Geschreven door
blame-by = { $author } op { $date }
blame-source = brontekst
blame-nobody = iemand zonder naam
blame-title = Titel
blame-empty = niet ingevuld
blame-earlier = { $count ->
    [one] en 1 eerdere wijziging
   *[other] en { $count } eerdere wijzigingen
}
blame-others = { $count ->
    [one] en 1 ander
   *[other] en { $count } anderen
}
blame-left-out = { $count ->
    [one] en nog 1 wijziging
   *[other] en nog { $count } wijzigingen
}
blame-not-text = Dit bestand is geen tekst. Van wie elk stuk is, is daarom niet te zeggen.
blame-too-much = Deze pagina is te groot of te vaak veranderd om per stuk te zeggen van wie het is. In de geschiedenis staat elke wijziging.

fields-act = Geschiedenis van de velden
fields-link = geschiedenis van de velden
fields-lead = Elke keer dat een veld van deze pagina een andere waarde kreeg, de nieuwste bovenaan.
fields-field = Veld
fields-all = Alle velden
fields-show = Toon
fields-feed = Veranderde velden van deze pagina
fields-atom = Als Atom
fields-json = Als JSON
fields-empty = Er is nog geen veld veranderd.
fields-empty-one = { $field } is nog niet veranderd.
fields-none-here = In de { $count } wijzigingen van de pagina tot en met { $date } is hiervan niets veranderd. Kijk verder terug.
fields-was = was
fields-is = is nu
fields-came = ingevuld:
fields-went = weggehaald:
fields-added = erbij:
fields-removed = eraf:
fields-reordered = nieuwe volgorde:
fields-left-out = { $count ->
    [one] en nog 1 veld
   *[other] en nog { $count } velden
}
fields-newest = Naar de nieuwste
