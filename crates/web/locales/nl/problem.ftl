### Wat er met inhoud aan de hand kan zijn: wat er is gebeurd, en wat je kunt doen.

level-error = fout
level-warning = let op
level-hint = tip
problem-line = regel { $line }:
problem-other = Hier klopt iets niet ({ $code }).

problems-title = Punten van aandacht
problems-none = Er is niets gevonden dat beter kan.
problems-lead = { $count ->
    [one] 1 punt gevonden
   *[other] { $count } punten gevonden
}{ $errors ->
    [0] , geen fouten.
    [one] , waarvan 1 fout.
   *[other] , waarvan { $errors } fouten.
}
problems-more = { $count ->
    [one] En nog 1 bestand.
   *[other] En nog { $count } bestanden.
}
problems-mend = verbeteren

problem-path-empty = Er is geen naam. Geef de pagina een naam.
problem-path-too-long = De naam is te lang. Kies een kortere naam of minder mappen.
problem-path-too-deep = Er liggen te veel mappen in elkaar. Leg het bestand hoger.
problem-path-dots = De naam bevat een leeg deel, “.” of “..”. Haal dat weg.
problem-path-character = De naam bevat een teken dat niet in een naam kan: een schuine streep naar achteren, of iets onzichtbaars. Haal het weg.
problem-path-git = Namen die op “.git” lijken zijn van git zelf. Kies een andere naam.
problem-path-edge = Een deel van de naam begint of eindigt met een spatie, of eindigt met een punt. Haal dat weg.
problem-path-not-nfc = Letters met accenten staan in de naam als losse tekens. Schrijf de naam in Unicode-vorm NFC.
problem-path-windows = Windows kan een bestand met deze naam niet maken. Laat : * ? " < > | weg, en namen als CON en NUL.
problem-path-not-utf8 = De naam is geen UTF-8. Geef het bestand een naam in UTF-8.
problem-path-taken = Op die plek staat al een map of bestand met die naam. Kies een andere naam.

problem-front-alias = In het kopje staat een verwijzing met *. Schrijf de waarde uit.
problem-front-anchor = In het kopje staat een anker met &. Schrijf de waarde uit op elke plek.
problem-front-tag = In het kopje staat een YAML-type met !. Laat het weg.
problem-front-merge-key = In het kopje staat <<. Schrijf de velden uit.
problem-front-duplicate-key = Het veld “{ $key }” staat twee keer in het kopje. Houd er één.
problem-front-not-fields = Het kopje is geen lijst van velden. Schrijf op elke regel: naam: waarde.
problem-front-odd-key = Een veld in het kopje heeft een naam die geen gewone tekst is. Schrijf: naam: waarde.
problem-front-syntax = Het kopje is niet te lezen: { $reason }. Kijk naar inspringen, dubbele punten en aanhalingstekens.
problem-front-tab = In het kopje staat een tab. Spring in met spaties.
problem-front-too-deep = Het kopje is dieper dan { $most } lagen. Maak het vlakker.
problem-front-too-many = Het kopje heeft meer dan { $most } delen. Maak het korter.
problem-front-too-large = Het kopje is groter dan { $most } bytes en geldt daarom als tekst. Maak het korter.

problem-link-broken = “{ $target }” bestaat niet. Maak die pagina of verander de verwijzing.
problem-link-ambiguous = “{ $target }” kan meer dan één pagina zijn: { $pages }. Schrijf het hele pad.
problem-link-no-heading = “{ $target }” heeft geen kop “{ $heading }”. Kijk of de kop een andere naam kreeg.
problem-link-refused = “{ $target }” is een soort adres dat niet is toegestaan. Gebruik https:, mailto: of een pagina.

problem-utf8 = Dit bestand is geen UTF-8. Zet het om naar UTF-8.
problem-too-large = Dit bestand is te groot; er kan ten hoogste { $most } in. Verdeel het.
problem-too-costly = Deze pagina is te ingewikkeld om op te maken en wordt als platte tekst getoond. Verdeel haar.
problem-name-collision = Deze naam verschilt van “{ $other }” alleen in hoofdletters of accenten. Op sommige computers zijn dat dezelfde bestanden. Kies een andere naam.
problem-symlink = Dit is een symbolische koppeling, en die worden niet gevolgd. Zet het bestand zelf hier.
problem-submodule = Dit is een submodule, en die wordt niet getoond. Zet de bestanden zelf hier.
problem-settings-wrong-value = “{ $key }” heeft een waarde die hier niet past. Verwacht: { $expected }.
problem-settings-unknown-key = “{ $key }” is geen instelling. Bedoel je “{ $near }”?
problem-unreadable = De repository geeft dit bestand niet: het is te groot of beschadigd. Zet het terug vanuit een kloon of back-up.
