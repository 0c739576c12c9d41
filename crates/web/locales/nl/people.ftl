### Mensen: aanmelden, accounts, uitnodigingen, privacy.

bar-person = Aangemeld als{" "}
sign-in-title = Aanmelden
sign-in-lead = Meld je aan om te schrijven, en om te lezen wat niet voor iedereen is.
sign-in-before = Voor dit scherm moet je zijn aangemeld. Daarna kom je er vanzelf.
sign-in-within = Je bent niet (meer) aangemeld. Wat je instuurde gaat niet verloren: meld je aan, dan gebeurt het alsnog.
sign-in-again = Vul je wachtwoord nog een keer in: je hebt je meer dan een kwartier geleden aangemeld, en dit gaat over je account of dat van een ander. Daarna gebeurt het meteen.
sign-in-again-elsewhere = Meld je nog een keer aan: dat is meer dan een kwartier geleden, en dit gaat over je account of dat van een ander. Daarna gebeurt het meteen.
sign-in-button = Aanmelden
sign-in-none = Deze wiki heeft nog geen accounts. De beheerder maakt het eerste met de link die Polder bij het starten laat zien.
sign-in-tls = Aanmelden kan hier niet: de verbinding is niet versleuteld, dus anderen zouden kunnen meelezen. Gebruik een adres dat met https:// begint.
sign-in-forgot = Wachtwoord vergeten?
sign-in-wrong = Deze naam en dit wachtwoord horen niet bij elkaar, of het account is uitgeschakeld.
sign-in-wait = Te veel mislukte pogingen. Probeer het over { $seconds ->
    [one] 1 seconde
   *[other] { $seconds } seconden
} opnieuw.
sign-in-busy = Er melden zich nu te veel mensen tegelijk aan. Probeer het over een paar seconden opnieuw.
sign-out = Afmelden
sign-up-title = Account maken
sign-up-lead = Kies een naam en een wachtwoord. Je bent daarna meteen aangemeld.
again-title = Nog niet uitgevoerd
again-lead = Dit formulier hoorde bij een eerdere aanmelding. Heb je het zelf ingevuld, verstuur het dan opnieuw; er is niets verloren.
again-button = Verstuur opnieuw

first-title = Het eerste account
first-lead = Dit wordt de beheerder van de wiki. Zodra dit account er is, kan alleen wie zich aanmeldt nog schrijven.
invite-title = Je bent uitgenodigd
invite-lead = Kies een naam en een wachtwoord. De uitnodiging werkt één keer.
reset-title = Nieuw wachtwoord
reset-lead = Kies een nieuw wachtwoord. Alle browsers waarin je nu bent aangemeld worden afgemeld, en al je tokens werken niet meer.
reset-button = Bewaar en meld aan
forgot-title = Wachtwoord vergeten
forgot-lead = Vul je naam of je e-mailadres in. Is er een account bij, dan krijgt het een e-mail met een link die een kwartier geldig is.
forgot-sent = Hoort er een account met een e-mailadres bij, dan is er een e-mail onderweg. De link erin is een kwartier geldig. Komt er niets, vraag dan een beheerder om een link.
forgot-ask = Deze wiki verstuurt geen e-mail. Vraag een beheerder om een link voor een nieuw wachtwoord.
forgot-who = Naam of e-mailadres
forgot-button = Verstuur de link

people-title = Mensen
people-count = { $count ->
    [one] Eén account
   *[other] { $count } accounts
}
people-faults = { $count ->
    [one] Nog niet gelukt: verbeter dit eerst
   *[other] Nog niet gelukt: verbeter deze { $count } punten eerst
}
people-login = Naam om aan te melden
people-login-hint = Eén woord: letters, cijfers, en een punt, streepje of @ ertussen.
people-name = Naam
people-name-hint = Zo sta je in de geschiedenis, voor iedereen te lezen.
people-email = E-mailadres
people-email-hint = Alleen voor jezelf en de beheerders te zien. Mag leeg blijven.
people-password = Wachtwoord
people-new-password = Nieuw wachtwoord
people-new-password-hint = Ten minste 12 tekens; langer is beter dan ingewikkeld. Een paar losse woorden werkt goed.
people-make = Maak het account
people-admin = Beheerder
people-disabled = Uitgeschakeld
people-groups = Groepen
people-groups-hint = Kleine letters, met komma’s ertussen, zoals redactie, hr. De toegangsregels noemen ze.
people-since = Sinds
people-address = Adres in de geschiedenis
people-no-email = geen
people-rights = Naam en rechten
people-is-admin = Beheerder: mag alles lezen en schrijven, en beheert de accounts
people-access = Toegang
people-access-lead = Een link voor een nieuw wachtwoord geef je zelf door; hij is een kwartier geldig. Wie is uitgeschakeld, is overal meteen afgemeld; ook tokens werken dan niet.
people-reset = Maak een link voor een nieuw wachtwoord
people-reset-link = Link voor een nieuw wachtwoord
people-reset-link-lead = Geef deze link aan deze persoon en aan niemand anders. Hij werkt één keer, een kwartier lang, en wordt niet nog eens getoond.
people-disable = Schakel dit account uit
people-disable-own = Je eigen account kun je niet uitschakelen. Laat een andere beheerder dat doen.
people-enable = Schakel dit account weer in
people-rules = Wie wat mag
people-rules-lead = De toegangsregels zeggen per map of pagina welke groepen er lezen en bewerken. Ze staan in de wiki zelf, in .polder/access.yml.
people-rules-edit = Bewerk de toegangsregels
people-done = Bewaard.
people-invite = Iemand uitnodigen
people-invite-lead = Je krijgt een link die één keer werkt, een week lang. Wie hem heeft, kiest zelf een naam en een wachtwoord.
people-invite-email-hint = Vul je het in, dan gaat de link daarheen.
people-invite-no-mail-hint = Deze wiki verstuurt geen e-mail: je geeft de link zelf door. Het adres komt bij het account te staan.
people-invite-admin = Wordt ook beheerder
people-invite-button = Maak de uitnodiging
people-invite-link = De uitnodiging
people-invite-link-lead = Geef deze link aan wie je uitnodigt. Hij werkt één keer, een week lang, en wordt niet nog eens getoond.
people-link-mailed = De link is op weg naar { $email }. Hij werkt één keer, een week lang, en wordt hier niet nog eens getoond.
people-copy-what = {" "}de link
people-links = Open uitnodigingen en links
people-links-lead = Wie er een heeft, kan ermee binnenkomen. Trek in wat niet meer nodig is; de link zelf is nergens meer te zien.
people-no-links = Er staan geen uitnodigingen of links open.
people-link-invite = Uitnodiging
people-link-reset = Nieuw wachtwoord
people-link-by = Gemaakt door
people-withdrawn = Ingetrokken. De link werkt niet meer.
people-end = Beëindig alle aanmeldingen en tokens
people-log-lead = De laatste keren dat iemand zich aanmeldde of dat probeerde. Wordt 90 dagen bewaard.

account-title = Jouw account
account-profile = Wie je bent
account-address = In de geschiedenis staat bij je naam dit adres, dat nergens heen gaat:
account-lang = Taal van de schermen
account-lang-browser = Zoals de browser vraagt
account-save = Bewaren
account-password = Wachtwoord
account-password-lead = Met een nieuw wachtwoord word je in al je andere browsers afgemeld. Je tokens blijven werken.
account-current = Huidig wachtwoord
account-current-wrong = Dit is niet je huidige wachtwoord.
account-password-button = Verander het wachtwoord
account-sessions = Waar je bent aangemeld
account-sessions-lead = Herken je er een niet, beëindig hem dan en verander je wachtwoord.
account-here = Deze browser
account-since = Sinds
account-used = laatst gebruikt
account-unused = nog niet gebruikt
account-end = Beëindig
account-end-others = Beëindig alle andere
account-tokens = Tokens voor programma’s
account-tokens-lead = Met een token haalt git of een ander programma de wiki op, in jouw naam. Gebruik het als wachtwoord, of als Bearer-token.
account-no-tokens = Nog geen tokens.
account-made = Gemaakt
account-expires = geldig tot
account-no-end = zonder einde
token-label = Waarvoor
token-label-hint = Zoals: laptop, of het maandrapport.
token-days = Geldig, in dagen
token-days-hint = Leeg: zonder einde.
token-days-bad = Vul een aantal dagen in van 1 tot 3650, of niets.
token-scope = Wat het mag
token-reads = Alleen lezen
token-writes = Lezen en schrijven
token-make = Maak een token
token-end = Trek in
token-made = Het token
token-made-lead = Bewaar het nu: het wordt niet nog eens getoond.
token-copy-what = {" "}het token
account-log = Aanmeldingen
account-log-lead = Van de laatste 90 dagen. Van adressen is het laatste deel weggelaten.
account-no-log = Nog geen aanmeldingen.
account-no-agent = Onbekend programma
account-export = Jouw gegevens
account-export-lead = Alles wat over je account bewaard is, in één bestand. Wat je schreef staat in de wiki zelf.
account-export-button = Haal het bestand op
account-remove = Account verwijderen
account-remove-lead = Je account, wachtwoord, tokens en aanmeldingen verdwijnen meteen en voorgoed. Wat blijft, zijn je wijzigingen in de wiki: onder je naam, met een adres dat dan niemand meer kan herleiden.
account-remove-sure = Ik weet het zeker
account-remove-button = Verwijder mijn account
account-remove-unsure = Zet een vinkje bij “Ik weet het zeker” om je account te verwijderen.
account-done-profile = Bewaard.
account-done-password = Het nieuwe wachtwoord geldt. Je andere browsers zijn afgemeld.
account-done-end = Beëindigd.
account-done-linked = Gekoppeld. Vanaf nu kun je je zo aanmelden.
account-done-unlinked = Ontkoppeld.
account-unlink-last = Dit is de enige weg naar je account. Laat een beheerder je eerst een link voor een wachtwoord geven.
account-done-token = Het token is ingetrokken.

oidc-button = Aanmelden met { $name }
oidc-going-title = Door naar { $name }
oidc-going = Je gaat er nu vanzelf heen, en komt hier terug als je bent aangemeld.
oidc-go = Ga naar { $name }
oidc-not-begun = Deze aanmelding is niet in deze browser begonnen, is al afgerond, of duurde langer dan een half uur. Begin opnieuw.
oidc-away = { $name } is nu niet te bereiken. Probeer het straks nog eens.
oidc-settings = { $name } accepteert deze wiki niet. Zeg het de beheerder van de wiki: de instellingen voor het aanmelden kloppen niet met elkaar.
oidc-refused = { $name } heeft je niet aangemeld. Probeer het nog eens, of kies daar een ander account.
oidc-token = Het antwoord van { $name } was niet te vertrouwen, dus je bent niet aangemeld. Begin opnieuw; gebeurt het weer, zeg het dan de beheerder van de wiki.
oidc-level = Je hebt je bij { $name } aangemeld op een manier die voor deze wiki niet zeker genoeg is. Kies daar een sterkere manier.
oidc-stale = { $name } heeft je niet opnieuw laten aanmelden. Meld je daar af, en probeer het nog eens.
oidc-full = Er melden zich te veel mensen tegelijk aan. Wat je stuurde is er nog: probeer het over een paar minuten weer.
oidc-unknown = Hier is nog geen account voor wie je bij { $name } bent. Vraag een beheerder om een uitnodiging; koppel daarna je account op het scherm “Jouw account”.
oidc-disabled = Je account in deze wiki is uitgeschakeld. Vraag een beheerder.
oidc-another = Je hebt je bij { $name } aangemeld als iemand anders dan wie je hier bent.
oidc-taken = Dit account van { $name } hoort al bij een ander account in deze wiki.
oidc-unusable = Van wat { $name } over je zegt kon geen account worden gemaakt. Vraag een beheerder om een uitnodiging.
oidc-groups = Groepen van elders
oidc-account = Elders aanmelden
oidc-account-lead = Met een account elders dat aan dit account is gekoppeld, meld je je hier aan zonder wachtwoord.
oidc-link = Koppel mijn account van { $name }
oidc-unlink = Ontkoppel

acts-title = Wat beheerders deden
acts-lead = Wie wat veranderde aan accounts, rechten en groepen. Wordt twee jaar bewaard.
acts-none = Er is nog niets gedaan.
acts-by = Door
acts-whom = Bij wie
acts-more = Bijzonderheden
acts-nobody = iemand op de server
acts-gone = (verwijderd account)
act-made = Account gemaakt
act-removed = Account verwijderd
act-admin-given = Beheerder gemaakt
act-admin-taken = Geen beheerder meer
act-groups = Groepen veranderd
act-renamed = Naam veranderd
act-invited = Uitgenodigd
act-reset-link = Link voor een nieuw wachtwoord gemaakt
act-withdrawn = Link ingetrokken
act-ended = Aanmeldingen en tokens beëindigd

log-when = Wanneer
log-what = Wat
log-from = Netwerk
log-agent = Programma
log-unknown = (onbekende naam)
log-in-password = Aangemeld
log-in-oidc = Aangemeld via een andere dienst
log-in-invite = Account gemaakt
log-in-reset = Aangemeld met een link
log-in-first = Eerste account gemaakt
log-failed = Mislukt
log-password-set = Wachtwoord veranderd
log-disabled = Uitgeschakeld
log-enabled = Weer ingeschakeld
log-token-made = Token gemaakt
log-token-ended = Token ingetrokken
log-session-ended = Beëindigd

fault-login-taken = Die naam is al in gebruik.
fault-login-bad = Gebruik één woord van letters en cijfers, met hooguit een punt, streepje, plus of @ ertussen.
fault-name-bad = Gebruik een naam op één regel, zonder < en >.
fault-name-taken = Iemand anders heet hier al zo. Voeg iets toe, zoals een tweede naam of je organisatie.
fault-email-bad = Dit is geen e-mailadres.
fault-group-bad = Groepen bestaan uit kleine letters, cijfers en streepjes, en heten niet everyone, accounts of admins.
fault-label-bad = Houd het op één regel van hooguit 80 tekens.
fault-password-short = Gebruik ten minste 12 tekens.
fault-password-long = Gebruik hooguit 256 tekens.
fault-password-common = Dit wachtwoord is te makkelijk te raden. Kies een ander.
fault-password-name = Gebruik niet je eigen naam of die van de wiki.
fault-last-admin = Dan zou er geen beheerder over zijn die zich kan aanmelden. Maak eerst iemand anders beheerder, en zorg dat die een wachtwoord heeft.
fault-too-many = Er zijn er al te veel. Ruim er eerst een op.
fault-gone = Dat is er niet meer. Laad het scherm opnieuw.

fail-not-yours = Je bent aangemeld, maar dit mag je met dit account niet.
fail-not-yours-do = Vraag een beheerder om het recht, of meld je aan met een ander account.
fail-token-title = Token niet aanvaard
fail-token = Dit token is er niet, is verlopen, of is ingetrokken.
fail-token-do = Maak een nieuw token op het scherm van je account.
fail-token-reads = Met dit token kun je alleen lezen.
fail-token-reads-do = Maak een token dat ook mag schrijven.
fail-tls-title = Hier kun je je niet aanmelden
fail-tls = De verbinding is niet versleuteld, dus anderen zouden je wachtwoord kunnen meelezen.
fail-tls-do = Gebruik een adres dat met https:// begint, of vraag de beheerder daarom.
fail-link-title = Deze link werkt niet (meer)
fail-link = De link is al gebruikt, te oud, of onvolledig overgenomen.
fail-link-do = Vraag om een nieuwe.

mail-invite-subject = Uitnodiging voor { $wiki }
mail-invite =
    Je bent uitgenodigd voor { $wiki }.

    Maak je account met deze link. Hij werkt één keer, een week lang:

    { $url }

    Ken je deze wiki niet, dan hoef je niets te doen.
mail-reset-subject = Nieuw wachtwoord voor { $wiki }
mail-reset =
    Iemand, waarschijnlijk jijzelf, vroeg een nieuw wachtwoord voor { $wiki }.

    Kies het met deze link. Hij werkt één keer, een kwartier lang:

    { $url }

    Vroeg je dit niet, dan hoef je niets te doen: je wachtwoord blijft wat het is.

privacy-title = Privacy
privacy-lead = Wat deze wiki over mensen bewaart, waarvoor, en hoe lang.
privacy-held = Wat er bewaard wordt
privacy-cookies = Cookies
privacy-cookies-lead = Wie alleen leest, krijgt geen cookie. Een cookie komt er pas als je iets kiest of je aanmeldt; geen ervan volgt je.
privacy-what = Wat
privacy-why = Waarvoor
privacy-how-long = Hoe lang
privacy-git = De geschiedenis van de wiki is openbaar voor wie de pagina’s mag lezen: bij elke wijziging staan een naam, een tijd en een adres dat alleen binnen deze wiki iets betekent. Welk account daarbij hoort, staat niet in de geschiedenis en is alleen aan beheerders bekend. Wie met git een wijziging stuurt, bepaalt zelf welke naam en welk adres erin staan: stel daar het adres van je account in als je geen ander wilt tonen.
privacy-none = Deze wiki haalt niets van andere diensten, telt geen bezoekers en stuurt niets door.
privacy-account = Naam, aanmeldnaam, e-mailadres, taal, groepen
privacy-account-why = Om je te herkennen, te bereiken en je rechten te kennen
privacy-account-long = Tot het account verwijderd wordt
privacy-password = Een onomkeerbare afdruk van je wachtwoord en van je tokens
privacy-password-why = Om je aan te melden
privacy-session = Waar je bent aangemeld: browser, netwerk zonder het laatste deel, tijden
privacy-session-why = Om aangemeld te blijven, en om vreemde aanmeldingen te kunnen zien
privacy-session-long = 7 dagen na het laatste gebruik, ten hoogste 30; voor beheerders 12 en 24 uur
privacy-log = Aanmeldingen en mislukte pogingen: naam, tijd, browser, netwerk zonder het laatste deel
privacy-log-why = Om misbruik te vinden
privacy-log-long = 90 dagen
privacy-acts = Wat beheerders aan accounts en rechten veranderen: wie, wat, bij wie, tijd
privacy-acts-why = Om later na te gaan wie een recht gaf of afnam
privacy-acts-long = Twee jaar. Na verwijdering van een account noemen de regels het niet meer; alleen bij de verwijdering zelf blijft de aanmeldnaam staan
privacy-changes = Je wijzigingen: tekst, tijd, naam, een adres dat nergens heen gaat; en onder dat adres welke commits je pushte
privacy-changes-why = Omdat de geschiedenis van de wiki haar betekenis geeft
privacy-changes-long = Zo lang de wiki er is
privacy-cookie-session = polder (via https: __Host-polder)
privacy-cookie-session-why = Om aangemeld te blijven
privacy-cookie-session-long = Tot je afmeldt, ten hoogste 30 dagen
privacy-cookie-oidc = polder-oidc (bij https: __Host-polder-oidc)
privacy-cookie-oidc-why = Om je browser te herkennen als die terugkomt van het aanmelden elders
privacy-cookie-oidc-long = Tot je bent aangemeld, hoogstens een half uur
privacy-cookie-lang = polder-lang
privacy-cookie-lang-why = De taal die je koos
privacy-cookie-lang-long = Een jaar
privacy-cookie-name = polder-name
privacy-cookie-name-why = De naam die je gaf toen je zonder account iets bewaarde
privacy-cookie-name-long = Een half jaar
privacy-own = Wat er over jou bewaard is

git-sign-in = Hiervoor is een account nodig. Geef je naam, en als wachtwoord een token van het scherm van je account.
git-not-all = Een kloon bevat de hele wiki, en jij mag niet alles lezen. Vraag een beheerder.
git-wait = Te veel mislukte pogingen. Wacht even en probeer het opnieuw.
