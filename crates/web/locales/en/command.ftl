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

access-yes = yes
access-no = no
access-by-rule = { $place }, the rule for { $path }
access-by-closed-rule = { $place }, the rule for { $path }: has an error, so only for admins
access-by-unread = { $place }: may not read { $path }, and so nothing else either
access-by-none = no rule: everyone reads, those with an account edit, admins administer
access-by-admin = admins may do everything
access-by-closed = the rules of access can’t be read: only for admins
access-by-settings = settings are for admins only
access-by-rules = the rules of access are read by those who may read everything, and changed by admins
