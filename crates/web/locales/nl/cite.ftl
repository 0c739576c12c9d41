### Links naar versies, en delen van andere pagina’s in een pagina.

cite-no-version = deze versie is er niet
cite-holds = geldend is { $current }
cite-withdrawn = ingetrokken op { $date }
cite-piece-same = dit deel is gelijk gebleven
cite-piece-changed = dit deel is gewijzigd
cite-piece-gone = dit deel is vervallen
cite-piece-absent = dit deel stond er toen niet in
cite-page-same = de pagina is gelijk gebleven
cite-page-changed = de pagina is gewijzigd
cite-page-fields = de tekst is gelijk gebleven, de gegevens zijn gewijzigd
cite-page-gone = de pagina is er niet meer

embed-from = Uit
embed-no-page = Hier hoort een deel van een andere pagina, maar die pagina bestaat niet. Maak haar of verander de naam:
embed-ambiguous = Hier hoort een deel van een andere pagina, maar meer dan één pagina heet zo. Schrijf het hele pad:
embed-no-version = Hier hoort een deel van versie { $version }, maar die versie is er niet. Kies een versie die er is:
embed-no-piece = Hier hoort het deel “{ $piece }”, maar dat staat niet op de pagina. Kijk of de kop een andere naam kreeg:
embed-no-text = Hier hoort een andere pagina, maar die is niet op te maken. Open haar zelf:
embed-cycle = Hier zou een deel nog eens in zichzelf staan; daarom staat hier een link:
embed-deep = Ingevoegde delen staan hoogstens drie diep in elkaar; daarom staat hier een link:
embed-large = Wat hier hoort is te groot om in te voegen; daarom staat hier een link:
embed-too-many = te veel ingevoegde delen op één pagina; daarom een link
embed-too-many-here = Op deze pagina staan te veel ingevoegde delen; daarom staat hier een link:
embed-too-many-moments = Op deze pagina staan delen uit te veel versies; daarom staat hier een link:
embed-after-save = Dit deel van de pagina zelf staat hier na het opslaan.
