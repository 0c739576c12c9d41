### Wat er misging en wat je kunt doen; wat er in een commit komt te staan; waarden uit het kopje.

fail-front = Naar de voorpagina
fail-not-allowed-title = Dat mag je hier niet
fail-not-allowed = Je mag dit niet wijzigen: { $files }.
fail-not-allowed-here = Je mag hier niets wijzigen, of deze wijziging zou ook een pagina raken waar dat voor geldt.
fail-not-allowed-do = Vraag een beheerder om het recht, of om de wijziging te doen. Wat je typte, staat hieronder.
fail-not-here-title = Bewerken kan hier niet
fail-not-here = Deze wiki is vanaf dit adres alleen te lezen.
fail-not-here-do = Bewerk op de computer waarop de wiki draait, via http://127.0.0.1 of http://localhost. Of kloon de wiki, en stuur je wijziging naar wie haar beheert.
fail-foreign-title = Dit formulier komt niet van deze wiki
fail-foreign = Je browser zegt dat dit formulier van een andere site kwam. Daarom is er niets veranderd.
fail-foreign-do = Open de pagina hier en probeer het opnieuw.
fail-not-found-title = Niet gevonden
fail-not-found = Op dit adres staat niets.
fail-not-found-do = Kijk of het adres klopt, zoek, of begin bij de voorpagina.
fail-bad-title = Dit is niet te begrijpen
fail-bad-do = Ga terug en probeer het opnieuw.
fail-bad-address = Het adres bevat tekens of een naam die hier niet kunnen.
fail-bad-form = Het formulier is onderweg beschadigd geraakt.
fail-method = Dit adres kan niet zo worden gebruikt.
fail-too-much = Er is meer verstuurd dan in een pagina past. Er is niets veranderd.
fail-too-much-do = Ga terug: je tekst staat er nog. Verdeel hem over meer pagina’s.
fail-too-slow = Het versturen duurde te lang en is afgebroken. Er is niets veranderd.
fail-too-often-title = Even wachten
fail-too-often = Dit is te vaak na elkaar gevraagd. Het kan weer over { $seconds ->
    [one] 1 seconde
   *[other] { $seconds } seconden
}.
fail-too-often-do = Wacht zo lang en probeer het dan opnieuw.
fail-not-utf8 = Een deel van wat je stuurde is geen leesbare tekst (UTF-8). Er is niets veranderd.
fail-bad-base = Het formulier noemt een versie die geen versie is.
fail-bad-language = Deze wiki spreekt die taal niet. Kies nl of en.
fail-not-text = Dit bestand is geen tekst en kan hier niet worden bewerkt.
fail-taken = Op dat adres staat al een pagina.
fail-version-title = Deze versie is er niet
fail-version = De versie { $version } hoort niet bij deze wiki.
fail-version-do = Kies een versie uit de geschiedenis van de pagina.
fail-refused-title = Nog niet bewaard
fail-refused-do = Verbeter dit en bewaar opnieuw.
fail-overwrite-title = Nog niet bewaard
fail-overwrite = In de werkmap van deze wiki zijn deze bestanden veranderd maar nog niet vastgelegd: { $files }. Bewaren zou dat werk overschrijven.
fail-overwrite-do = Leg die wijzigingen vast met git commit, of zet ze terug. Bewaar daarna opnieuw.
fail-busy-title = Nog niet bewaard
fail-busy = Er wordt nu te veel tegelijk bewaard.
fail-busy-do = Wacht een halve minuut en bewaar opnieuw.
fail-later-title = Dit kan nu even niet
fail-later = Er wordt nu te veel tegelijk opgezocht.
fail-later-do = Wacht een halve minuut en laad deze pagina opnieuw.
fail-away = De accounts van deze wiki zijn nu niet te bereiken, dus kan niemand worden herkend.
fail-away-do = Probeer het straks opnieuw. Duurt het lang, waarschuw dan de beheerder.
fail-locked = Een ander programma werkt nu in deze git-repository, zoals een git commit waarvan het venster nog openstaat.
fail-locked-do = Maak dat af of sluit het, en bewaar opnieuw.
fail-broken-title = Hier ging iets stuk
fail-broken = Het lag niet aan jou. De fout staat in het logboek van de server.
fail-broken-do = Probeer het over een minuut nog eens. Gaat het weer mis, waarschuw dan wie deze wiki beheert.

complaint-name = Vul je naam in.
complaint-name-taken = Zo heet iemand met een account. Meld je aan als je dat bent, of vul een andere naam in.
complaint-path = Vul een adres in dat kan, zoals plannen/nieuw-plan.
complaint-taken = Daar staat al een pagina, of het is het huidige adres. Kies een ander adres.
complaint-marks = In de tekst staan nog tekens van het samenvoegen (<<<<<<< en >>>>>>>). Kies wat blijft en haal de tekens weg.
complaint-changed = Iemand heeft deze pagina intussen veranderd. Bekijk haar eerst, en verwijder haar dan als je dat nog wilt.

summary-create = { $page } gemaakt
summary-edit = { $page } bewerkt
summary-move = Verplaatst: { $page }
summary-delete = { $page } verwijderd
summary-revert = Teruggezet naar { $page }

feed-page = Wijzigingen van deze pagina (Atom)
feed-changes = Recente wijzigingen (Atom)
feed-summary = Samenvatting: { $summary }

value-yes = ja
value-no = nee
value-unknown = onbekend
value-from = vanaf
value-until = tot en met
value-through = t/m

body-table = Brede tabel
body-missing = Deze pagina bestaat nog niet
body-done = gedaan
body-open = nog te doen

### Wat iemand leest die met git heeft gepusht.

pushed-by = gepusht door { $name }
pushed-by-gone = iemand die geen account meer heeft
push-refused = Polder heeft deze push niet aangenomen. Er is niets veranderd. Verbeter dit en push opnieuw:
push-other-branch = { $ref }: alleen de tak van de wiki wordt aangenomen. Push naar die tak.
push-not-forward = { $ref }: de wiki is verder gegaan sinds je die ophaalde. Breng beide samen en push opnieuw: git pull --rebase, dan git push. Of laat Polder ze samenbrengen: git push origin HEAD:refs/for/{ $branch }. Wat in de geschiedenis van de wiki staat, gaat er nooit uit.
push-no-commit = { $ref }: push hierheen een commit; verwijderd wordt hier niets: git push origin HEAD:{ $ref }.
push-forged = commit { $commit }: het adres { $address } hoort hier bij het account van iemand anders. Maak de commit van jou: git rebase --exec "git commit --amend --no-edit --reset-author". Noem wie heeft geholpen op een regel “Co-authored-by:” in het bericht.
push-within = { $line } (in commit { $commit })
push-within-todo = Wat in een commit staat, blijft in de geschiedenis, ook als een latere commit het weghaalt. Haal het uit de commit zelf: git rebase -i.
push-option-unknown = -o { $option }: zo’n optie bestaat hier niet. Wel: { $known } (voor beheerders).
push-option-not-allowed = -o { $option }: alleen een beheerder mag dit vragen. Herstel de fouten, of vraag een beheerder.
push-broken-taken = { $count ->
    [one] { $count } fout is aangenomen, omdat -o { $option } erom vroeg. Dit is genoteerd. Herstel de fout:
   *[other] { $count } fouten zijn aangenomen, omdat -o { $option } erom vroeg. Dit is genoteerd. Herstel ze:
}
push-too-many-objects = Deze push brengt meer dan { $most } objecten. Push in delen: eerst een oudere commit, zoals met git push origin HEAD~100:main. Een hele wiki wordt door een beheerder ingebracht.
push-too-many-paths = De commits van deze push wijzigen meer dan { $most } bestanden. Push in delen: eerst een oudere commit, zoals met git push origin HEAD~100:main. Een hele wiki wordt door een beheerder ingebracht.
push-too-many-refs = Deze push noemt meer dan { $most } takken en tags. Push wat hier hoort: git push origin HEAD:main, en versies bij naam.
push-for-merged = { $count ->
    [one] Samengevoegd met de wiki als { $id }: { $count } bestand gewijzigd. Haal het op: git pull.
   *[other] Samengevoegd met de wiki als { $id }: { $count } bestanden gewijzigd. Haal het op: git pull.
}
push-for-forward = { $count ->
    [one] De wiki staat nu op { $id }: { $count } bestand gewijzigd. Er was niets samen te voegen.
   *[other] De wiki staat nu op { $id }: { $count } bestanden gewijzigd. Er was niets samen te voegen.
}
push-for-there = De wiki heeft deze commits al. Er is niets veranderd.
push-for-clash = Deze bestanden zijn ook in de wiki gewijzigd, op dezelfde plaatsen. Er is niets veranderd:
push-for-finish = Je commits worden 30 dagen bewaard. Maak het samenvoegen hier af: { $address }
push-for-unrelated = Dit kan hier niet worden samengevoegd: het heeft geen gedeelde geschiedenis met de wiki, of het haalt een bestand weg dat alleen in een kloon weg kan. Haal eerst de wiki op: git pull. Push dan opnieuw.
push-for-busy = Anderen waren de hele tijd aan het schrijven. Er is niets veranderd; push opnieuw.
push-for-ng-clash = dezelfde plaatsen zijn in de wiki gewijzigd
push-for-ng-refused = niet aangenomen
push-for-ng-unrelated = kan hier niet worden samengevoegd
push-for-ng-busy = anderen zijn aan het schrijven, push opnieuw
push-for-ng-broken = dit lukte niet
summary-merge = Samengevoegd wat is gepusht
summary-mirror = Samengevoegd met spiegel { $name }
push-version = { $ref }: een versie is een nieuwe geannoteerde tag met een @ in de naam en een bericht van hoogstens 64 KiB, en verschuift nooit. Maak een nieuwe: git tag -a pagina@label.
push-unknown-ref = { $ref }: zo’n verwijzing wordt hier niet bewaard.
push-unread = { $ref }: pushen kan wie de hele wiki mag lezen, en dat mag je niet. Wijzig wat je mag wijzigen in de browser, of vraag een beheerder.
push-not-allowed = { $path }: dit bestand mag je niet wijzigen. Haal de wijziging uit je commits, of vraag een beheerder.
push-version-not-allowed = { $ref }: een versie maken mag alleen wie de pagina of map mag wijzigen. Vraag een beheerder.
push-blocked = In de werkmap van de wiki zijn deze bestanden veranderd maar nog niet vastgelegd: { $files }. Leg ze daar vast, of zet ze terug.
push-more = { $count ->
    [one] en nog { $count } melding
   *[other] en nog { $count } meldingen
}

### Vaste woorden in een tekst.

alert-note = Noot
alert-tip = Tip
alert-important = Belangrijk
alert-warning = Let op
alert-caution = Pas op
body-back = Terug naar verwijzing
