### Wat het programma op de opdrachtregel zegt.

types-none = Hier zijn geen types. Een type is een bestand zoals .polder/types/project.yml.
types-made-at = nieuwe pagina’s: { $path }
types-required = verplicht
types-required-when = verplicht als { $when }
types-unique = uniek
types-unique-in = uniek binnen { $field }
types-immutable = verandert nooit
types-default = anders { $value }
types-computed = berekend

access-yes = ja
access-no = nee
access-by-rule = { $place }, de regel voor { $path }
access-by-closed-rule = { $place }, de regel voor { $path }: door een fout erin alleen voor beheerders
access-by-unread = { $place }: mag { $path } niet lezen, en daardoor ook niets anders
access-by-none = geen regel: iedereen leest, wie een account heeft bewerkt, beheerders beheren
access-by-admin = beheerders mogen alles
access-by-closed = de toegangsregels zijn niet te lezen: alleen voor beheerders
access-by-settings = instellingen zijn alleen voor beheerders
access-by-rules = de toegangsregels leest wie alles mag lezen, en wijzigen beheerders
