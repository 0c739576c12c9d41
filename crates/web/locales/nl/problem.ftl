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
problems-orders = Volgorde
problems-by-kind = Per soort
problems-by-file = Per bestand
problems-kind-front = Kopje en instellingen
problems-kind-type = Soorten pagina’s
problems-kind-field = Velden
problems-kind-value = Waarden
problems-kind-rule = Regels
problems-kind-ref = Verwijzingen in velden
problems-kind-query = Tabellen en berekeningen
problems-kind-link = Verwijzingen in de tekst
problems-kind-file = Namen en bestanden
problems-more-lines = { $count ->
    [one] Nog één punt.
   *[other] Nog { $count } punten.
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
problem-link-no-block = “{ $target }” heeft geen deel “{ $heading }”. Zet die naam achter de alinea of het punt dat je bedoelt, of verander de verwijzing.
problem-link-no-version = { $target } heeft geen versie “{ $version }”. { $labels ->
    [none] Er is nog geen versie gepubliceerd.
   *[other] Er zijn: { $labels }.
 }
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

# Access rules.
problem-access-closed = Door de fout hierboven is niet te lezen wie wat mag. Tot die hersteld is, mogen alleen beheerders hier lezen en bewerken.
problem-access-rule-closed = Door de fout in deze regel mogen bij { $path } voorlopig alleen beheerders.
problem-access-rules-not-list = Achter “rules:” hoort een lijst. Begin elke regel met een streepje: - path: map.
problem-access-rule-not-fields = Dit is geen regel. Schrijf: - path: map, en daaronder read: of edit: met wie dat mag.
problem-access-empty-group = In groep “{ $found }” zit niemand.
problem-access-unseen = Door deze wijziging zou iets niet meer kloppen op een pagina die je niet mag zien. Vraag een beheerder.
problem-access-misnamed = Dit bestand wordt niet gelezen: de toegangsregels staan in { $path }. Noem het zo.
problem-access-no-path = Deze regel zegt niet waarvoor zij geldt. Schrijf path: met een map of pagina, of path: / voor de hele wiki.
problem-access-path = “{ $found }” kan geen pad zijn. Schrijf een map of pagina vanaf de voorpagina, zoals plannen/begroting. Een regel geldt vanzelf ook voor alles wat eronder ligt; sterretjes zijn niet nodig.
problem-access-path-twice = Voor { $found } staat al een regel op regel { $line }. Voeg ze samen.
problem-access-path-fixed = Over “{ $found }” gaan geen eigen regels. Wat er over een pagina gezegd wordt, volgt de regel van die pagina; de toegangsregels zelf leest wie alles mag lezen.
problem-access-rule-empty = De regel voor { $path } zegt niet wie wat mag. Vul haar aan met read: of edit:, of haal haar weg.
problem-access-unknown-key = “{ $key }” hoort hier niet.{ $near ->
    [none] {" "}Een regel heeft path, en read, comment, suggest, edit of admin.
   *[other] {" "}Bedoel je “{ $near }”?
 }
problem-access-nobody = Achter “{ $key }” staat niemand. Schrijf everyone, accounts, admins of groepen, of haal het weg.
problem-access-name = “{ $found }” is geen groep. Namen van groepen hebben kleine letters, cijfers en streepjes; verder zijn er everyone, accounts en admins.
problem-access-name-near = “{ $found }” geldt als een groep. Bedoel je “{ $near }”?
problem-access-too-many-rules = Er zijn meer dan { $most } regels. Breng mappen met dezelfde rechten bij elkaar.
problem-access-too-many-names = Achter “{ $key }” staan meer dan { $most } namen. Maak een groep van hen.

# Types, fields, expressions and queries.
problem-expr-aggregate = Een totaal van “{ $found }” bestaat niet. Neem een bedrag, getal, percentage of datum, of tel met count().
problem-expr-arguments = { $name }( ) verwacht { $want } waarde(n) tussen de haakjes.
problem-expr-character = Het teken “{ $found }” hoort niet in een uitdrukking.
problem-expr-choice = “{ $name }” is geen keuze van dit veld.{ $near ->
    [none] {""}
   *[other] {" "}Bedoel je “{ $near }”?
 }
problem-expr-ends = De uitdrukking houdt te vroeg op. Verwacht: { $want }.
problem-expr-function = De functie “{ $name }” bestaat niet.{ $near ->
    [none] {""}
   *[other] {" "}Bedoel je “{ $near }”?
 }
problem-expr-literal = “{ $found }” is geen getal, datum of bedrag. Schrijf bijvoorbeeld 12, 0.5, 80%, 2010-05 of EUR 10.00.
problem-expr-money-number = Een bedrag wordt vergeleken of opgeteld met een bedrag. Schrijf: { $fix }
problem-expr-percent-number = Een percentage wordt vergeleken met een percentage. Schrijf: { $fix }
problem-expr-name = Het veld “{ $name }” bestaat hier niet.{ $near ->
    [none] {""}
   *[other] {" "}Bedoel je “{ $near }”?
 }
problem-expr-no-this = “this” heeft hier geen betekenis: dit staat niet op een pagina.
problem-expr-over-time = Schrijf: max_over_time(sum(siblings(veld).getal)).
problem-expr-own-field = Noem hier een eigen veld van deze soort pagina, zonder punt.
problem-expr-pair = Deze twee zijn niet te vergelijken of op te tellen: { $left } en { $right }.
problem-expr-part = “{ $name }” is geen deel hiervan. Kies uit: { $want }.
problem-expr-quote = Er ontbreekt een aanhalingsteken. Zet tekst tussen twee keer '.
problem-expr-references = Volg niet meer dan { $most } verwijzingen achter elkaar.
problem-expr-result = Hier komt { $found } uit, maar { $want } is nodig.
problem-expr-syntax = “{ $found }” staat hier niet goed. Verwacht: { $want }.
problem-expr-too-deep = De uitdrukking is te diep of te lang; het meeste is { $most }. Splits haar.
problem-expr-too-long = De uitdrukking is langer dan { $most } tekens. Splits haar.
problem-expr-type = Dit is { $found }, maar hier past alleen: { $want }.
problem-expr-unready = Dit veld is nog niet te berekenen: zijn eigen uitdrukking klopt niet.
problem-field-computed = { $field } wordt berekend en staat niet in de pagina. Haal deze regel weg.
problem-field-emptied = { $field } staat op “{ $from }” en kan niet leeg. Zet dat terug, of kies een waarde die erop mag volgen.
problem-field-final = { $field } staat op “{ $from }” en blijft daar; “{ $to }” kan niet meer volgen.
problem-field-immutable = { $field } blijft wat het was: “{ $from }”. Zet dat terug.
problem-field-required = { $field } ontbreekt. Vul het in.
problem-field-required-when = { $field } ontbreekt. Het is nodig als { $when }.
problem-field-transition = { $field } kan niet van “{ $from }” naar “{ $to }”. Wel naar: { $want }.
problem-field-unique = { $field } “{ $found }” staat al op { $other }. Kies een ander.
problem-field-unknown = Het veld “{ $name }” hoort niet bij deze soort pagina.{ $near ->
    [none] {" "}Haal het weg, of zet het onder x:.
   *[other] {" "}Bedoel je “{ $near }”?
 }
problem-form-type = Het type verandert niet met een formulier. Verander het in Markdown.
problem-form-odd = { $field } kan in dit formulier niet worden ingevuld. Verander het in Markdown.
problem-list-few = { $field } heeft er minstens { $want } nodig.
problem-list-many = { $field } mag er hoogstens { $want } hebben.
problem-list-twice = { $field } noemt “{ $found }” twee keer. Houd er één.
problem-query-bad = “{ $key }” past hier niet. Schrijf bijvoorbeeld: { $want }
problem-query-key = “{ $name }” hoort niet in een vraagblok.{ $near ->
    [none] {""}
   *[other] {" "}Bedoel je “{ $near }”?
 }
problem-query-missing = In dit vraagblok ontbreekt “{ $key }”.
problem-query-view = De vorm “{ $name }” bestaat niet.{ $near ->
    [none] {" "}Kies table, list, board, timeline, calendar, chart, count of value.
   *[other] {" "}Bedoel je “{ $near }”?
 }
problem-ref-file = { $field } noemt het bestand “{ $target }”, en dat staat niet in de wiki. Zet het erin of verbeter de naam.
problem-ref-ambiguous = { $field } verwijst naar “{ $target }”, en dat kan meer dan één pagina zijn: { $pages }. Schrijf het hele pad.
problem-check-too-costly = Deze pagina was niet na te kijken: haar regels kosten te veel. Maak ze eenvoudiger.
problem-type-too-many = “{ $key }” heeft er meer dan { $most }. De rest telt niet mee: verdeel ze over meer soorten.
problem-type-reserved = Een soort kan niet “{ $name }” heten: dat betekent elke pagina.
problem-type-held = Deze pagina is van de soort “{ $type }”, en daarin ligt { $field } vast: “{ $from }”. De soort kan daarom niet weg of anders worden. Zet type: { $type } terug, of verwijder de pagina en maak een nieuwe.
problem-type-in-use = De soort “{ $name }” is nog in gebruik op { $count } pagina’s. Geef die eerst een andere soort.
problem-ref-turned = { $field } verwees naar “{ $from }” en zou door deze wijziging naar “{ $to }” gaan. Schrijf het hele pad in deze pagina, of kies een andere naam.
problem-ref-missing = { $field } verwijst naar “{ $target }”, en die pagina bestaat niet.{ $near ->
    [none] {""}
   *[other] {" "}Bedoel je “{ $near }”?
 }
problem-ref-type = { $field } verwijst naar { $target }, van de soort { $found }. Hier past alleen: { $want }.
problem-type-aggregate = “{ $name }” is geen totaal.{ $near ->
    [none] {" "}Kies sum, count, average, min, max, earliest, latest of share.
   *[other] {" "}Bedoel je “{ $near }”?
 }
problem-type-bad = “{ $key }” past hier niet. Schrijf bijvoorbeeld: { $want }
problem-type-bounds = Het kleinste ({ $min }) is meer dan het grootste ({ $max }): niets past ertussen. Draai ze om.
problem-type-default = { $field } is van de soort { $kind } en kan geen default hebben, of niet deze. Haal hem weg.
problem-type-inverse = “{ $name }” is al een veld van { $type }. Kies bij inverse een andere naam.
problem-type-path = Van “{ $found }” is geen adres te maken. Schrijf bijvoorbeeld: begroting/{"{"}date.year{"}"}/{"{"}id{"}"}
problem-type-path-field = Het adres noemt het veld “{ $name }”, en dat is er niet.{ $near ->
    [none] {""}
   *[other] {" "}Bedoel je “{ $near }”?
 }
problem-type-cycle = Deze velden gaan in een kring: { $fields }. Laat één van hen niet van de andere afhangen.
problem-type-key = “{ $name }” heeft geen betekenis in de beschrijving van een soort.{ $near ->
    [none] {""}
   *[other] {" "}Bedoel je “{ $near }”?
 }
problem-type-kind = De veldsoort “{ $name }” bestaat niet.{ $near ->
    [none] {" "}Kies bijvoorbeeld text, money, date, enum of ref.
   *[other] {" "}Bedoel je “{ $near }”?
 }
problem-type-missing = Hier ontbreekt “{ $key }”.
problem-type-name = Het bestand heet naar de soort “{ $want }”, maar noemt zich “{ $found }”. Maak ze gelijk.
problem-type-rollup-of = Van { $field } is geen totaal te maken. Noem bij of een bedrag, getal of datum.
problem-type-unknown = De soort “{ $name }” bestaat niet.{ $near ->
    [none] {""}
   *[other] {" "}Bedoel je “{ $near }”?
 }
problem-type-via = Het veld “{ $field }” verwijst niet naar { $type }. Noem bij via een veld dat dat doet.
problem-value-bool = { $field }: “{ $found }” is geen ja of nee. Schrijf: { $fix }
problem-value-choice = { $field }: “{ $found }” is geen keuze.{ $near ->
    [none] {" "}Kies uit: { $want }.
   *[other] {" "}Bedoel je “{ $near }”? Mogelijk zijn: { $want }.
 }
problem-value-currency = { $field }: de munt { $found } mag hier niet. Wel: { $want }.
problem-value-date = { $field }: “{ $found }” is geen datum. Schrijf: { $fix }
problem-value-email = { $field }: “{ $found }” is geen e-mailadres. Schrijf: naam@voorbeeld.nl
problem-value-high = { $field }: { $found } is te veel; het meeste is { $want }.
problem-value-language = { $field }: “{ $found }” is geen taalcode. Schrijf bijvoorbeeld: nl
problem-value-long = { $field } is langer dan { $want } tekens. Maak het korter.
problem-value-low = { $field }: { $found } is te weinig; het minste is { $want }.
problem-value-moment = { $field }: “{ $found }” is geen tijdstip. Schrijf: { $fix }
problem-value-money = { $field }: “{ $found }” is geen bedrag. Schrijf: { $fix }
problem-value-money-bare = { $field }: bij “{ $found }” staat geen munt. Schrijf: { $fix }
problem-value-money-cents = { $field }: “{ $found }” heeft niet het goede aantal cijfers achter de punt. Schrijf: { $fix }
problem-value-number = { $field }: “{ $found }” is geen getal. Schrijf: { $fix }
problem-value-pattern = { $field }: “{ $found }” heeft niet de goede vorm. Die is: { $want }
problem-value-percent = { $field }: “{ $found }” is geen percentage. Schrijf: { $fix }
problem-value-period = { $field }: “{ $found }” is geen periode. Schrijf: { $fix }
problem-value-period-order = { $field }: de periode “{ $found }” eindigt voor ze begint. Schrijf: { $fix }
problem-value-prefix = { $field }: “{ $found }” begint niet met { $want }.
problem-value-record = { $field } bestaat uit onderdelen. Schrijf ze onder elkaar als naam: waarde.
problem-value-scalar = { $field } is één waarde ({ $kind }), geen lijst of onderdelen.
problem-value-too-large = { $field }: “{ $found }” is te groot om precies te rekenen. Neem hoogstens 18 cijfers.
problem-value-unknown = { $field } mag hier niet onbekend zijn. Vul een bedrag in.
problem-value-url = { $field }: “{ $found }” is geen webadres. Schrijf: { $fix }
problem-value-whole = { $field }: “{ $found }” is geen geheel getal. Schrijf: { $fix }
problem-superseded-cycle = Deze pagina’s volgen elkaar in een kring op: { $pages }. Laat de laatste geen opvolger noemen.
problem-rule-broken = Aan de regel “{ $id }” is niet voldaan.
