### Wat `polder doctor` van een repository zegt.

doctor-h-conventions = Gewoonten
doctor-h-links = Verwijzingen
doctor-h-problems = Problemen
doctor-h-different = Wat er anders uit zal zien
doctor-h-repository = Repository
doctor-h-settings = Instellingen

doctor-bare = Kale repository; de wiki is de tak { $branch }.
doctor-work-tree = Repository met een werkmap; de wiki is de tak { $branch }. Wat niet is vastgelegd, is niet bekeken.
doctor-folder = Gewone map zonder git-repository. Polder toont alleen wat in git staat. Zo wordt het er een: git init, git add en git commit in deze map.
doctor-empty = De tak heeft nog geen commits.
doctor-empty-others = De tak die HEAD noemt, heeft geen commits, dus de wiki zou leeg zijn. Om een andere te tonen: git symbolic-ref HEAD refs/heads/{ $branch }
doctor-sizes = Pagina’s: { $pages }. Andere bestanden: { $files }. Samen { $size }.
doctor-commits = Commits: { $commits }. Pakketten: { $packs } ({ $packed }). Losse objecten: { $loose } ({ $loosed }).
doctor-largest = Grootste: { $file } ({ $size })
doctor-detached = HEAD noemt een commit, geen tak. Die commit is bekeken. polder serve neemt de tak waarvoor de kloon is gemaakt, anders main of master, anders de enige.
doctor-linked = Een aangehaakte werkmap; de repository zelf ligt elders.
doctor-shallow = Ondiep: oudere commits zijn er niet, dus de geschiedenis begint laat.
doctor-partial = Gedeeltelijk: bestanden die er niet zijn, worden niet opgehaald. Om alles te hebben: git fetch --refetch --no-filter
doctor-absent = Bestanden waarvan de inhoud er niet is: { $count }
doctor-alternate = Objecten zijn geleend van { $folder }. Ze moeten daar blijven.
doctor-stash = Er ligt werk in git stash. Dat blijft daar.
doctor-hooks = Eigen hooks, die Polder niet uitvoert: { $names }
doctor-changed = Bestanden in de werkmap die gewijzigd of nieuw zijn: { $count }. Opslaan over een daarvan wordt geweigerd.
doctor-branches = Andere takken: { $count } ({ $names }). Ze blijven, en zijn niet te zien.
doctor-tags = Andere tags: { $count } ({ $names }). Ze blijven, en zijn niet te zien.
doctor-versions = Versies (geannoteerde tags zoals plannen/dijk@v1): { $count }
doctor-odd-tag = { $tag } heet als een versie maar is er geen: alleen een geannoteerde tag met een label dat kan, telt.

doctor-program-polder = Heeft instellingen voor Polder.
doctor-program-obsidian = Een kluis van Obsidian (.obsidian).
doctor-program-silverbullet = Een ruimte van SilverBullet.
doctor-program-gollum = Een wiki van Gollum, aan de bestanden te zien.
doctor-program-github = Een wiki van GitHub, aan de bestanden te zien.
doctor-program-gitlab = Een wiki van GitLab, aan de bestanden te zien.
doctor-program-plain = Gewone Markdown; met welk programma het is bijgehouden, is niet te zien.
doctor-front = Voorpagina: { $file }
doctor-front-none = Er is geen voorpagina: geen FrontPage, Home, index, README of start. Het eerste scherm zegt dat dan.
doctor-front-others = Andere pagina’s die het konden zijn: { $files }
doctor-order-set = Volgorde in [[a|b]]: { $order }, zoals de instellingen zeggen.
doctor-order-found = Volgorde in [[a|b]]: { $order }, naar wat er staat.
doctor-order-text-first = tekst eerst, [[tekst|pagina]]
doctor-order-target-first = pagina eerst, [[pagina|tekst]]
doctor-attachments = Bijlagen: { $count } van { $all } andere bestanden liggen in { $folder }
doctor-attachments-root = Bijlagen: { $count } van { $all } andere bestanden liggen bovenaan
doctor-parts = Delen die bij pagina’s worden getoond: { $files }
doctor-hidden = Bestanden die andere programma’s voor zichzelf bewaren (in mappen met een punt): { $count }. Ze blijven.

doctor-links-wiki = [[pagina]]: { $count }
doctor-links-piped = [[a|b]]: alleen links staat een pagina in { $target }, alleen rechts in { $text }, aan beide kanten in { $both }, nergens in { $neither }
doctor-links-markdown = [tekst](pagina): { $count }
doctor-links-embeds = ![[pagina]]: { $count }
doctor-links-images = ![tekst](plaatje): { $count }
doctor-links-external = Daarvan de wiki uit: { $count }

doctor-no-problems = Geen.
doctor-level-count = { $level } { $code }: { $count }
doctor-broken = Verwijzingen naar pagina’s die er niet zijn: { $count }
doctor-ambiguous = Verwijzingen die meer dan één pagina kunnen bedoelen: { $count }. Ze leiden naar een keuze.
doctor-errors = Fouten: { $count }
doctor-unwritable = Namen die mogen blijven, maar in Polder niet gegeven kunnen worden: { $count }
doctor-more = … en nog { $count }: polder check { $path }

doctor-nothing-different = Niets dat gevonden is.
doctor-foreign-place = { $what }: { $count ->
    [one] één keer, in { $place }
   *[other] { $count } keer op { $pages ->
        [one] één pagina
       *[other] { $pages } pagina’s
    }, het eerst in { $place }
}
doctor-foreign-contents = [[_TOC_]] blijft een verwijzing; Polder toont de inhoud van een pagina uit zichzelf
doctor-foreign-include = een pagina in een pagina door include wordt niet getoond; schrijf ![[pagina]]
doctor-foreign-macro = <<Macro()>> wordt als tekst getoond
doctor-foreign-picture-options = een plaatje als [[bestand|width=…]] wordt een verwijzing zonder breedte; schrijf ![tekst](bestand)
doctor-foreign-directive = [[!opdracht]] wordt als verwijzing getoond
doctor-foreign-comment = %%opmerking%% wordt als tekst getoond, en is dus door iedereen te lezen
doctor-foreign-mark = ==gemarkeerd== wordt zonder markering getoond
doctor-foreign-callout = > [!soort] van een soort die GitHub niet heeft, is een gewoon citaat
doctor-foreign-query-block = vragen aan plug-ins (dataview, tasks, base) worden als code getoond
doctor-foreign-diagram = tekeningen als tekst (mermaid, plantuml) worden als code getoond
doctor-foreign-math = formules worden als tekst getoond
doctor-foreign-critic = {"{"}++CriticMarkup++{"}"} wordt als tekst getoond
doctor-foreign-inline-tag = #label in de tekst is geen label; labels staan in het kopje
doctor-foreign-other-link = verwijzingen als [pagina]() of [[tekst>>pagina]] leiden nergens heen
doctor-special-underscored = Bestanden die met _ beginnen en pagina’s zijn als andere: { $files }
doctor-special-other-markup = Pagina’s die geen Markdown zijn en als bestand worden aangeboden: { $files }
doctor-special-redirects = .redirects.gollum wordt niet gelezen. Geef de pagina in plaats daarvan een alias: aliases: [oude naam]
doctor-special-look = custom.css en custom.js van de wiki worden niet gebruikt
doctor-special-obsidian-file = Canvas- en base-bestanden, die als bestand worden aangeboden: { $files }
doctor-by-name = Bestanden die zonder hun map worden genoemd, worden niet gevonden: { $count }
doctor-by-name-place = { $place } bedoelt { $file }
doctor-lfs = Bestanden van Git LFS: { $count } ({ $size } elders). Hun verwijzingen worden getoond, niet hun inhoud: { $files }

doctor-settings-none = Niets in te stellen: wat vanzelf gevonden is, is wat de wiki zegt.
doctor-settings-new = Deze regels in .polder/config.yml zouden zeggen wat gevonden is. Er is niets geschreven.
doctor-settings-add = Deze regels erbij in .polder/config.yml zouden zeggen wat gevonden is. Er is niets geschreven.

doctor-rebuilt = De cache in { $folder } is weg. De volgende start maakt hem opnieuw.
doctor-rebuild-nothing = Er is in { $folder } niets weg te gooien.
doctor-in-use = De wiki van { $folder } is in gebruik. Stop eerst polder serve, en probeer het dan opnieuw.
