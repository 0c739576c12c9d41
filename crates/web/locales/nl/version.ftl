
### Versies: benoemde versies, momenten, en de weg ertussen.

moment-label = Versie
moment-now = Naar nu
moment-of-scope = Je ziet de wiki zoals zij was bij versie { $label } van “{ $of }”, { $date }.
moment-of-wiki = Je bekijkt versie { $label } van de hele wiki, { $date }.
moment-day = Je bekijkt de wiki zoals zij op { $date } was.
moment-commit = Je bekijkt de wiki zoals zij was na wijziging { $commit } op { $date }.

tab-versions = Versies
versions-act = Versies
versions-label = Versies
versions-now = Nu
versions-all = Alle versies
versions-holds = geldend
versions-lost = niet te tonen: haar wijziging hoort niet meer bij deze wiki
versions-not-there = niet te tonen: in haar wijziging is er niets van deze naam
versions-shallow = niet te tonen: deze kloon is ondiep en heeft haar wijziging niet
versions-none = Van deze pagina is nog geen versie gepubliceerd.
versions-none-folder = Van deze map is nog geen versie gepubliceerd.
versions-none-wiki = Van de wiki als geheel is nog geen versie gepubliceerd.
versions-of-wiki = Versies van de hele wiki
versions-of-folder = Versies van de map { $folder }
versions-below = Versies van wat hieronder ligt
versions-publish = Publiceer versie
versions-from = Vergelijk
versions-to = met
versions-compare = Vergelijk
versions-feed = Deze versies (Atom)
versions-scope = Versie van
versions-decision = Besluit
versions-supersedes = Komt in de plaats van
versions-made = Vastgelegd door
versions-cited = Aangehaald in
versions-since = Wat is er sindsdien veranderd
versions-before = Wat veranderde er met deze versie

version-is = Dit is versie { $label } van { $date }.
version-holds = Dit is versie { $label } van { $date }, de geldende versie.
version-older = Dit is versie { $label } van { $date }. De geldende versie is { $current } van { $currentdate }.
version-not-yet = Dit is versie { $label }. Zij geldt vanaf { $date }.
version-newer-draft = { $count ->
    [one] Er is een nieuwer concept: één wijziging sinds { $label }.
   *[other] Er is een nieuwer concept: { $count } wijzigingen sinds { $label }.
}
version-draft-adopted = Concept, niet vastgesteld. Geldend is versie { $label } van { $date }.
version-draft = Concept. Geldend is versie { $label } van { $date }.
version-withdrawn = Ingetrokken op { $date }.
version-withdrawn-by = Ingetrokken op { $date } door besluit { $decision }.
version-page-gone = De pagina zelf is er niet meer.
version-see = Lees { $label }
version-compare = Vergelijk { $from } en { $to }
version-compare-draft = Vergelijk met dit concept

publish-act = Publiceer versie
publish-lead = Een versie legt vast hoe de pagina, en alles wat erbij getoond wordt, nu is. Zij verandert nooit meer.
publish-label = Label
publish-label-hint = Kort, zoals v1 of vastgesteld-2. Komt in het adres achter een apenstaartje.
publish-date = Geldt vanaf
publish-date-hint = Een dag, zoals 1 september 2009. Leeg is vandaag.
publish-date-bad = Schrijf een bestaande dag, zoals 1 september 2009.
publish-title = Titel
publish-title-hint = Bijvoorbeeld: Plan van aanpak, eerste versie. Leeg is de titel van de pagina.
publish-decision = Besluit
publish-decision-hint = De pagina van het besluit, of wie het besloot.
publish-supersedes = Komt in de plaats van
publish-supersedes-hint = Labels van eerdere versies, met komma’s ertussen. Mag leeg blijven.
publish-scope = Versie van
publish-scope-page = deze pagina
publish-scope-folder = de map { $folder }
publish-scope-wiki = de hele wiki
publish-kind = Soort
publish-kind-revision = herziening
publish-kind-erratum = verbetering van een fout
publish-kind-withdrawal = intrekking: vanaf deze dag geldt niets meer
publish-kind-bad = Deze soort versie bestaat niet. Kies er een uit het formulier.
publish-not-there = De pagina bestond nog niet in wat je voor je had. Open het formulier opnieuw vanaf de pagina.
publish-long = Dit is te lang: hoogstens { $most } tekens.
publish-note = Toelichting
publish-button = Publiceer
publish-taken = Er is al een versie { $label }. Versies verschuiven niet: kies een ander label.
publish-unknown = Er is geen eerdere versie { $label } van ditzelfde. Kies een label uit de lijst van versies.

label-empty = Schrijf een label, zoals v1.
label-long = Een label heeft hoogstens 64 tekens. Maak het korter.
label-letters = Een label begint met een letter of cijfer en heeft verder alleen letters zonder accent, cijfers, punten, streepjes en liggende streepjes. Schrijf bijvoorbeeld v1.
label-git = Git neemt geen label met twee punten achter elkaar, met een punt aan het eind of dat eindigt op .lock. Schrijf bijvoorbeeld v1.2.
label-date = Een label mag er niet uitzien als een datum: een datum in een adres betekent wat er op die dag gold. Schrijf bijvoorbeeld v2010.

fail-label-do = Kies een van de versies die er zijn.
fail-no-version-then = Op { $date } gold nog geen versie van deze pagina.
fail-as-it-stood = De pagina zoals zij op { $date } stond
fail-no-day = { $date } is geen dag in het verleden van deze wiki.
fail-before-all = Op { $date } was er nog niets in deze wiki.
fail-no-day-do = Schrijf een dag die geweest is als jaar, maand en dag: 2010-01-31.
fail-lost = De versie { $version } wijst naar een wijziging die niet meer bij deze wiki hoort.
fail-lost-do = De beheerder kan die wijziging terugzetten. De pagina van nu is er wel.
fail-shallow = De versie { $version } wijst naar een wijziging die deze kloon niet heeft.
fail-shallow-do = Deze kloon is ondiep gemaakt en mist oudere wijzigingen. De beheerder kan ze ophalen met git fetch --unshallow. De pagina van nu is er wel.
fail-not-there = Deze pagina bestond niet op { $date }.
fail-not-there-do = Kies een later moment, of ga naar de pagina van nu.
fail-reading = De geschiedenis wordt nog gelezen; daarna kan dit.
fail-datetime = De tijd in Accept-Datetime is niet te lezen. Schrijf bijvoorbeeld: Fri, 01 Jan 2010 00:00:00 GMT.

push-version-name = { $ref }: de naam hoort een pad te zijn zonder .md, dan een @ en een label. Wat git of de @ in de weg zit staat er als %XX in: een spatie is %20.
push-version-taken = { $ref }: er is al een versie { $label }; hoofdletters maken geen verschil. Kies een ander label.
push-version-off-branch = { $ref }: een versie legt iets vast dat in de wiki staat. Push eerst de wijzigingen zelf, op de branch van de wiki.
push-version-not-there = { $ref }: in die wijziging is er geen pagina of map “{ $scope }”. Schrijf het pad zoals het daar is, zonder .md, of wijs een wijziging aan waarin zij staat.
