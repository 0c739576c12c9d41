### De toegankelijkheidsverklaring.

access-title = Toegankelijkheid
access-lead = Iedereen moet { $wiki } kunnen lezen en bewerken. Deze pagina zegt wat daarvoor is gedaan en wat nog niet.
access-status-title = Stand van zaken
access-status = De software van deze wiki, Polder, is gemaakt om te voldoen aan WCAG 2.2, niveau AA. Een onafhankelijk onderzoek is nog niet gedaan. Wij zeggen dus niet dat zij volledig voldoet.
access-done-title = Wat er is gedaan
access-done-keyboard = Alles werkt met het toetsenbord, en je ziet altijd waar je bent. De eerste tabtoets brengt je naar de inhoud.
access-done-scripts = Elk scherm werkt zonder JavaScript.
access-done-colour = Kleur is nooit het enige teken. Kleuren hebben genoeg contrast, in licht en in donker.
access-done-zoom = De tekst blijft leesbaar op een smal scherm en bij vier keer vergroten.
access-done-map = De mindmap heeft een overzicht als lijst, met dezelfde onderwerpen.
access-done-motion = Niets beweegt als je dat in je systeem hebt uitgezet.
access-limits-title = Wat we weten dat beter kan
access-limit-content = De pagina’s worden door veel mensen geschreven. Een afbeelding zonder beschrijving of een onduidelijke kop kan voorkomen. Je mag die zelf verbeteren.
access-limit-editor = Het tekstvak waarin je schrijft toont Markdown en geen opgemaakte tekst.
access-limit-tests = Er is automatisch getoetst; mensen met een beperking hebben de software nog niet getest.
access-contact-title = Loop je ergens tegenaan?
access-contact = Laat het weten: { $contact }. Zeg op welke pagina het was en wat er misging.
access-contact-none = Laat het weten aan wie deze wiki beheert. Zeg op welke pagina het was en wat er misging.
