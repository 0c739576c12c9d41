### What the program says on the command line.

types-none = There are no types here. A type is a file such as .polder/types/project.yml.
types-made-at = new pages: { $path }
types-required = required
types-required-when = required when { $when }
types-unique = unique
types-unique-in = unique within { $field }
types-immutable = never changes
types-default = else { $value }
types-computed = computed
