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
