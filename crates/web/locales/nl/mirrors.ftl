### Spiegels en webhooks, voor wie de wiki beheert.

mirrors-title = Spiegels
mirrors-lead = Andere plekken waarmee deze wiki gelijk wordt gehouden. Welke dat zijn staat in de instellingen van de server.
mirrors-mirrors = Git-spiegels
mirrors-none = Er zijn geen spiegels ingesteld.
mirrors-asked = Er wordt meteen een poging gedaan. Laad dit scherm straks opnieuw om te zien hoe het ging.
mirrors-json = Als JSON
mirrors-running = bezig
mirrors-level = gelijk
mirrors-not-level = niet gelijk
mirrors-address = Adres
mirrors-direction = Richting
mirrors-push = van hier naar daar
mirrors-pull = van daar naar hier
mirrors-both = beide kanten op
mirrors-when = Wanneer
mirrors-every-seconds = { $count ->
    [one] elke seconde
   *[other] elke { $count } seconden
}
mirrors-every-minutes = { $count ->
    [one] elke minuut
   *[other] elke { $count } minuten
}
mirrors-every-hours = { $count ->
    [one] elk uur
   *[other] elke { $count } uur
}
mirrors-every-days = { $count ->
    [one] elke dag
   *[other] elke { $count } dagen
}
mirrors-on-change = en kort na een wijziging hier
mirrors-tried = Laatste poging
mirrors-succeeded = Laatst gelijk
mirrors-next = Volgende poging
mirrors-never = nog niet
mirrors-now = Nu proberen: { $name }
mirrors-ahead = { $count ->
    [one] 1 commit staat alleen hier
   *[other] { $count } commits staan alleen hier
}
mirrors-behind = { $count ->
    [one] 1 commit staat alleen daar
   *[other] { $count } commits staan alleen daar
}
mirrors-odd = Versies die zijn gebleven waar ze zijn
mirrors-odd-moved = { $name }: daar staat een andere versie onder deze naam. Versies worden nooit verplaatst; geef een van beide een andere naam.
mirrors-odd-not-taken = { $name }: daar staat een tag die hier geen geldige versie is.
mirrors-odd-not-given = { $name }: de andere kant weigert deze versie. { $why }
mirrors-odd-more = { $count ->
    [one] en nog 1
   *[other] en nog { $count }
}
mirrors-merge = Voeg ze met de hand samen
mirrors-line = regel { $line }

mirrors-fault-token = Het bestand met het token kan niet worden gebruikt. Controleer token_file in de instellingen.
mirrors-fault-denied = De andere kant laat deze wiki niet toe. Controleer het token of de sleutel, en of die mag schrijven.
mirrors-fault-host-key = De sleutel van de server is niet bekend, of is een andere dan verwacht. Controleer hem en zet hem in het bestand van known_hosts.
mirrors-fault-no-repository = De andere kant antwoordt, maar heeft geen repository op dit adres.
mirrors-fault-unreachable = De andere kant is niet te bereiken.
mirrors-fault-too-long = Het duurde te lang en is afgebroken.
mirrors-fault-ahead = De andere kant heeft commits die hier niet zijn, en van deze spiegel wordt niets opgehaald. Er is niets overschreven. Haal ze op (direction = "both"), of haal ze daar weg.
mirrors-fault-refused = De andere kant weigert wat deze wiki stuurt.
mirrors-fault-clash = Hier en daar zijn dezelfde regels gewijzigd. Beide kanten zijn zoals ze waren. Het gaat om:
mirrors-fault-judged = Wat de andere kant heeft bevat fouten, en is niet overgenomen. Verbeter het daar.
mirrors-fault-settings = De andere kant wijzigt instellingen, typen of toegangsregels, en deze spiegel mag dat niet (settings = true staat het toe). Er is niets overgenomen.
mirrors-fault-blocked = Eigen wijzigingen in de bestanden naast de repository zouden worden overschreven.
mirrors-fault-unrelated = Beide kanten hebben geen enkele commit gemeen. Is dit de goede repository?
mirrors-fault-busy = Beide kanten veranderden telkens tijdens het gelijkmaken. Het wordt opnieuw geprobeerd.
mirrors-fault-broken = Het ging mis.

mirrors-hooks = Webhooks
mirrors-hooks-none = Er zijn geen webhooks ingesteld.
mirrors-hook-events = Meldt
mirrors-hook-fails = komt niet aan
mirrors-hook-nothing = Er was nog niets te melden.
mirrors-hook-when = Wanneer
mirrors-hook-what = Wat
mirrors-hook-how = Hoe het ging
mirrors-hook-tries = Pogingen
mirrors-hook-taken = aangenomen
mirrors-hook-refused = geweigerd met status { $status }
mirrors-hook-failed = mislukt: { $why }
mirrors-hook-given-up = { $count ->
    [one] 1 bericht is na de laatste poging vervallen.
   *[other] { $count } berichten zijn na de laatste poging vervallen.
}
