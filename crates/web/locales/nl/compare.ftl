### Twee versies vergeleken in de taal van plannen.

compare-act = Vergelijken
compare-ways = Manieren om te vergelijken
compare-way-plan = Wat er veranderde
compare-way-map = Kaart
compare-way-source = Brontekst
compare-summary = In het kort
compare-fields = Velden
compare-field = Veld
compare-was = Was
compare-is = Is
compare-change = Verschil
compare-nothing = niets
compare-totals = Totalen
compare-part = Onderdeel
compare-not-counted = telde niet mee
compare-pages = Pagina’s
compare-plain-pages = Pagina’s zonder type
compare-records = Wat erbij hoort
compare-records-lead = Pagina’s die hiernaar verwijzen, en wat daaronder ligt.
compare-belonging = wat erbij hoort
compare-page = Pagina
compare-what = Wat
compare-versions = Bekijken
compare-old = oud
compare-new = nieuw
compare-files = Andere bestanden
compare-prose = Tekst
compare-map = De twee kaarten samen
compare-map-description = Wat is toegevoegd, vervallen, verplaatst of gewijzigd, staat met dat woord onder de titel. De lijst hieronder zegt hetzelfde.
compare-map-lead = Gewijzigd: { $changed }. Verplaatst: { $moved }. Nieuw: { $added }. Vervallen: { $removed }.
compare-map-none = De twee kaarten zijn gelijk.
compare-map-same = + { $count } ongewijzigd
compare-folded = { $count ->
    [one] 1 gelijk stuk tekst
   *[other] { $count } gelijke stukken tekst
}
compare-csv = Verschil als CSV
compare-csv-excel = Verschil als CSV voor Excel
compare-json = Verschil als JSON
compare-folder = Vergelijk ook wat eronder ligt
compare-wiki = Vergelijk de hele wiki
compare-no-format = Dit bestandstype is er niet. Kies csv of json.
compare-cut = Niet alles is vergeleken, want dat kost te veel rekenwerk. Vergelijk een map of één pagina.
compare-files-cut = { $count ->
    [one] Nog 1 pagina verschilt en staat ook niet in de bestanden (CSV, JSON). Vergelijk een map.
   *[other] Nog { $count } pagina’s verschillen en staan ook niet in de bestanden (CSV, JSON). Vergelijk een map.
}
compare-totals-cut = { $count ->
    [one] Nog 1 totaal verschilt en staat er niet bij. Vergelijk een map.
   *[other] Nog { $count } totalen verschillen en staan er niet bij. Vergelijk een map.
}
compare-others-cut = { $count ->
    [one] Nog 1 ander bestand verschilt en staat er niet bij. Vergelijk een map.
   *[other] Nog { $count } andere bestanden verschillen en staan er niet bij. Vergelijk een map.
}
compare-no-history = De geschiedenis wordt nog gelezen. Verplaatste pagina’s staan daarom als vervallen en nieuw.
compare-not-shown = { $count ->
    [one] Nog 1 staat hier niet.
   *[other] Nog { $count } staan hier niet.
}

compare-filled = ingevuld
compare-emptied = leeg geworden
compare-known = bekend geworden
compare-unknown = onbekend geworden
compare-unknown-count = onbekend: { $old } → { $new }
compare-points = { $points } procentpunt
compare-begin = begin
compare-end = einde
compare-days = { $count ->
    [one] 1 dag
   *[other] { $count } dagen
}
compare-hours = { $count } uur
compare-minutes = { $count ->
    [one] 1 minuut
   *[other] { $count } minuten
}
compare-years = { $count } jaar
compare-finer = preciezer
compare-coarser = minder precies
compare-set = ingevuld
compare-opened = open geworden
compare-order = andere volgorde
compare-items-added = erbij: { $items }
compare-items-removed = eraf: { $items }
compare-more = en nog { $count }
compare-other = anders

compare-rises = { $field } stijgt met { $by } naar { $new }.
compare-falls = { $field } daalt met { $by } naar { $new }.
compare-differs = { $field }: { $change }, wordt { $new }.
compare-becomes = { $field }: van { $old } naar { $new }.
compare-more-fields = { $count ->
    [one] Nog 1 veld is anders.
   *[other] Nog { $count } velden zijn anders.
}
compare-page-added = Deze pagina is nieuw.
compare-page-removed = Deze pagina is vervallen.
compare-renamed = De titel was { $old } en is { $new }.
compare-retyped = Het type was { $old } en is { $new }.
compare-spelling-only = Alleen de schrijfwijze in het bestand is anders. De inhoud is gelijk.
compare-spelling-brief = alleen de schrijfwijze
compare-was-called = heette { $title }
compare-text-changed = tekst gewijzigd
compare-n-added = { $count } erbij
compare-n-removed = { $count } weg
compare-n-joined = { $count } van elders
compare-n-left = { $count } naar elders
compare-n-changed = { $count } gewijzigd
compare-n-moved = { $count } verplaatst
compare-n-files = { $count ->
    [one] 1 ander bestand is niet gelijk.
   *[other] { $count } andere bestanden zijn niet gelijk.
}

compare-gained = nieuw veld
compare-lost = veld vervallen
compare-total = totaal
compare-computed = berekend
compare-parts-same = { $count ->
    [one] 1 onderdeel bleef gelijk.
   *[other] { $count } onderdelen bleven gelijk.
}
compare-line = { $old } { $change } = { $new }
compare-holds = Het oude totaal en alle wijzigingen samen zijn het nieuwe totaal.
compare-holds-known = Voor wat bekend is, zijn het oude totaal en alle wijzigingen samen het nieuwe totaal. Onbekend: eerst { $old }, nu { $new }.
compare-broken = De wijzigingen komen niet uit op het nieuwe totaal. Dat is een fout van Polder; meld het.
compare-not-a-sum = Dit is geen optelling: de wijzigingen tellen niet op tot het verschil.
compare-total-unknown = Een van de totalen is onbekend. Daarom is het verschil niet te berekenen.
compare-total-fault = Dit is niet te vergelijken: { $why }.

compare-fate-added = nieuw
compare-fate-removed = vervallen
compare-fate-joined = hoort er nu bij
compare-fate-left = hoort er niet meer bij
compare-fate-changed = gewijzigd
compare-fate-moved = verplaatst

compare-prose-lead = Tekst: { $what }.
compare-prose-changed = De tekst is gewijzigd.
compare-prose-hidden = In de brontekst is iets veranderd dat op de pagina niet te zien is.
compare-prose-too-large = De tekst is te groot om hier te vergelijken. Bekijk het verschil van de brontekst.
compare-prose-not-text = Dit bestand is geen leesbare tekst.
compare-word-end = (tot hier)
compare-moved-here = verplaatst, stond ergens anders:
compare-moved-away = hier stond, nu ergens anders:
diff-as-plan = Toon wat er veranderde in velden, totalen en tekst

compare-version = Versie { $label } van { $date }

# Wat er veranderde sinds een moment.
since-title = Veranderd sinds { $since }
since-title-until = Veranderd sinds { $since }, tot en met { $until }
since-days-ago = { $count ->
    [one] 1 dag geleden
   *[other] { $count } dagen geleden
}
since-dated = { $name } ({ $date })
since-other = Ander moment of ander plan
since-ask = Wat is er veranderd sinds een dag, een versie of een bijeenkomst?
since-label = Veranderd sinds
since-hint = Een dag (2010-01-31), een aantal dagen geleden (30d), een versie (plannen/plan-van-aanpak@v1) of het adres van een bijeenkomst.
since-version = Of sinds een versie
since-meeting = Of sinds een bijeenkomst
since-choose = Kies
since-until = Tot en met
since-until-hint = Leeg is tot nu.
since-plan = Plan
since-all-plans = Alle plannen en wat daarbuiten valt
since-outside = Buiten de plannen
since-of-plan = Alleen: { $plan }
since-of-folder = Alleen de map { $folder }
since-nothing = Er is niets veranderd.
since-computed = Er is iets veranderd dat hier niet in woorden te zeggen is.
since-n-plans = { $count ->
    [one] In 1 plan is iets veranderd.
   *[other] In { $count } plannen is iets veranderd.
}
since-plan-added = Dit plan is nieuw.
since-plan-removed = Dit plan is vervallen.
since-decisions = Besluiten
since-texts = Tekst gewijzigd
since-only = Alles wat hier veranderde
since-more-plans = Andere plannen waarin iets veranderde
since-untold = { $count ->
    [one] Nog 1 pagina verschilt en staat hier niet bij. Vergelijk een map.
   *[other] Nog { $count } pagina’s verschillen en staan hier niet bij. Vergelijk een map.
}
since-begin = Toen was deze wiki er nog niet. Vergeleken is met hoe hij begon.
since-feed = Deze wijzigingen per plan (Atom)
since-compare-folder = Vergelijk de hele map
since-version-link = Wat is er sindsdien in het hele plan veranderd
since-backwards = Het tweede moment ligt vóór het eerste. Wissel ze om.
since-no-plan = Deze pagina is geen plan.
since-unknown-title = Dit moment is er niet
since-unknown = “{ $text }” is geen dag, versie of pagina van deze wiki.
since-undated = De pagina “{ $title }” heeft geen datum.
since-do = Schrijf een dag (2010-01-31), een aantal dagen geleden (30d), een versie (plannen/plan-van-aanpak@v1), een wijziging (~3f2a9c1), of het adres van een pagina met een datum, zoals een bijeenkomst.
