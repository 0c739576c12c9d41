### What may be the matter with content: what happened, and what you can do.

level-error = error
level-warning = warning
level-hint = hint
problem-line = line { $line }:
problem-other = Something is wrong here ({ $code }).

problems-title = Things to look at
problems-none = Nothing was found that could be better.
problems-lead = { $count ->
    [one] 1 thing found
   *[other] { $count } things found
}{ $errors ->
    [0] , no errors.
    [one] , of which 1 error.
   *[other] , of which { $errors } errors.
}
problems-more = { $count ->
    [one] And 1 more file.
   *[other] And { $count } more files.
}
problems-orders = Order
problems-by-kind = By kind
problems-by-file = By file
problems-kind-front = Frontmatter and settings
problems-kind-type = Types of pages
problems-kind-field = Fields
problems-kind-value = Values
problems-kind-rule = Rules
problems-kind-ref = References in fields
problems-kind-query = Tables and computations
problems-kind-link = Links in the text
problems-kind-file = Names and files
problems-more-lines = { $count ->
    [one] One more.
   *[other] { $count } more.
 }
problems-mend = mend

problem-path-empty = There is no name. Give the page a name.
problem-path-too-long = The name is too long. Choose a shorter name or fewer folders.
problem-path-too-deep = There are too many folders within each other. Put the file higher up.
problem-path-dots = The name has an empty part, “.” or “..”. Take it out.
problem-path-character = The name has a character that can’t be in a name: a backslash, or something invisible. Take it out.
problem-path-git = Names that look like “.git” belong to git itself. Choose another name.
problem-path-edge = A part of the name begins or ends in a space, or ends in a dot. Take it out.
problem-path-not-nfc = Accented letters stand in the name as loose characters. Write the name in Unicode form NFC.
problem-path-windows = Windows can’t make a file of this name. Leave out : * ? " < > | and names such as CON and NUL.
problem-path-not-utf8 = The name is not UTF-8. Give the file a name in UTF-8.
problem-path-taken = There is a folder or file of that name in that place. Choose another name.

problem-front-alias = The frontmatter has a reference with *. Write the value out.
problem-front-anchor = The frontmatter has an anchor with &. Write the value out in each place.
problem-front-tag = The frontmatter has a YAML type with !. Leave it out.
problem-front-merge-key = The frontmatter has <<. Write the fields out.
problem-front-duplicate-key = The field “{ $key }” stands in the frontmatter twice. Keep one.
problem-front-not-fields = The frontmatter is not a list of fields. Write on each line: name: value.
problem-front-odd-key = A field in the frontmatter has a name that isn’t plain text. Write: name: value.
problem-front-syntax = The frontmatter can’t be read: { $reason }. Look at indents, colons and quotation marks.
problem-front-tab = The frontmatter has a tab. Indent with spaces.
problem-front-too-deep = The frontmatter is deeper than { $most } levels. Make it flatter.
problem-front-too-many = The frontmatter has more than { $most } parts. Make it shorter.
problem-front-too-large = The frontmatter is larger than { $most } bytes and counts as text therefore. Make it shorter.

problem-link-broken = “{ $target }” doesn’t exist. Make that page or change the link.
problem-link-ambiguous = “{ $target }” may be more than one page: { $pages }. Write the whole path.
problem-link-no-heading = “{ $target }” has no heading “{ $heading }”. See whether the heading got another name.
problem-link-no-block = “{ $target }” has no part “{ $heading }”. Put that name after the paragraph or item that you mean, or change the link.
problem-link-no-version = { $target } has no version “{ $version }”. { $labels ->
    [none] No version has been published yet.
   *[other] There are: { $labels }.
 }
problem-link-refused = “{ $target }” is a kind of address that isn’t allowed. Use https:, mailto: or a page.

problem-utf8 = This file is not UTF-8. Convert it to UTF-8.
problem-too-large = This file is too large; the most is { $most }. Divide it.
problem-too-costly = This page is too complicated to lay out and is shown as plain text. Divide it.
problem-name-collision = This name differs from “{ $other }” only in capitals or accents. On some computers those are the same file. Choose another name.
problem-symlink = This is a symbolic link, and those aren’t followed. Put the file itself here.
problem-submodule = This is a submodule, and it isn’t shown. Put the files themselves here.
problem-settings-wrong-value = “{ $key }” has a value that doesn’t fit. Expected: { $expected }.
problem-settings-unknown-key = “{ $key }” is not a setting. Did you mean “{ $near }”?
problem-unreadable = The repository does not give this file: it is too large or damaged. Put it back from a clone or backup.

# Access rules.
problem-access-closed = The error above hides who may do what. Until it is repaired, only admins may read and edit here.
problem-access-rule-closed = Because of the error in this rule only admins may do anything at { $path } for now.
problem-access-rules-not-list = A list belongs after “rules:”. Begin each rule with a hyphen: - path: folder.
problem-access-rule-not-fields = This is no rule. Write: - path: folder, and beneath it read: or edit: with who may.
problem-access-empty-group = There is nobody in the group “{ $found }”.
problem-access-unseen = This change would make something wrong on a page that you may not see. Ask an admin.
problem-access-misnamed = This file is not read: the rules of access stand in { $path }. Call it that.
problem-access-no-path = This rule doesn’t say what it holds for. Write path: with a folder or page, or path: / for the whole wiki.
problem-access-path = “{ $found }” can’t be a path. Write a folder or page from the front page on, such as plans/budget. A rule holds for all that lies below as well; no asterisks are needed.
problem-access-path-twice = There is a rule for { $found } on line { $line } already. Put them together.
problem-access-path-fixed = “{ $found }” has no rules of its own. Talk about a page follows the rule of that page; the access rules themselves are read by whoever may read everything.
problem-access-rule-empty = The rule for { $path } doesn’t say who may do what. Add read: or edit:, or take it out.
problem-access-unknown-key = “{ $key }” doesn’t belong here.{ $near ->
    [none] {" "}A rule has path, and read, comment, suggest, edit or admin.
   *[other] {" "}Did you mean “{ $near }”?
 }
problem-access-nobody = There is nobody after “{ $key }”. Write everyone, accounts, admins or groups, or take it out.
problem-access-name = “{ $found }” is no group. Names of groups have small letters, digits and hyphens; besides there are everyone, accounts and admins.
problem-access-name-near = “{ $found }” counts as a group. Did you mean “{ $near }”?
problem-access-too-many-rules = There are more than { $most } rules. Bring folders with the same rights together.
problem-access-too-many-names = There are more than { $most } names after “{ $key }”. Make them a group.

# Types, fields, expressions and queries.
problem-expr-aggregate = There is no total of “{ $found }”. Take an amount, number, percentage or date, or count with count().
problem-expr-arguments = { $name }( ) takes { $want } value(s) between its brackets.
problem-expr-character = The character “{ $found }” has no place in an expression.
problem-expr-choice = “{ $name }” is no choice of this field.{ $near ->
    [none] {""}
   *[other] {" "}Did you mean “{ $near }”?
 }
problem-expr-ends = The expression ends too soon. Expected: { $want }.
problem-expr-function = There is no function “{ $name }”.{ $near ->
    [none] {""}
   *[other] {" "}Did you mean “{ $near }”?
 }
problem-expr-literal = “{ $found }” is no number, date or amount. Write for example 12, 0.5, 80%, 2010-05 or EUR 10.00.
problem-expr-money-number = An amount is compared or added with an amount. Write: { $fix }
problem-expr-percent-number = A percentage is compared with a percentage. Write: { $fix }
problem-expr-name = There is no field “{ $name }” here.{ $near ->
    [none] {""}
   *[other] {" "}Did you mean “{ $near }”?
 }
problem-expr-no-this = “this” means nothing here: this does not stand on a page.
problem-expr-over-time = Write: max_over_time(sum(siblings(field).number)).
problem-expr-own-field = Name a field of this very type here, without a dot.
problem-expr-pair = These two can’t be compared or added: { $left } and { $right }.
problem-expr-part = “{ $name }” is no part of this. Choose from: { $want }.
problem-expr-quote = A quotation mark is missing. Put text between two ' marks.
problem-expr-references = Follow at most { $most } references in a row.
problem-expr-result = This comes to { $found }, but { $want } is needed.
problem-expr-syntax = “{ $found }” does not belong here. Expected: { $want }.
problem-expr-too-deep = The expression is too deep or too long; the most is { $most }. Divide it.
problem-expr-too-long = The expression is longer than { $most } characters. Divide it.
problem-expr-type = This is { $found }, but only this fits here: { $want }.
problem-expr-unready = This field can’t be computed yet: its own expression is wrong.
problem-field-computed = { $field } is computed and does not stand in the page. Take this line away.
problem-field-emptied = { $field } is “{ $from }” and can’t be emptied. Put that back, or choose a value that may follow.
problem-field-final = { $field } is “{ $from }” and stays so; “{ $to }” can’t follow any more.
problem-field-immutable = { $field } stays what it was: “{ $from }”. Put that back.
problem-field-required = { $field } is missing. Fill it in.
problem-field-required-when = { $field } is missing. It is needed when { $when }.
problem-field-transition = { $field } can’t go from “{ $from }” to “{ $to }”. It can go to: { $want }.
problem-field-unique = { $field } “{ $found }” stands on { $other } already. Choose another.
problem-field-unknown = The field “{ $name }” is not part of this type.{ $near ->
    [none] {" "}Take it away, or put it under x:.
   *[other] {" "}Did you mean “{ $near }”?
 }
problem-form-type = A form does not change the type. Change it in Markdown.
problem-form-odd = { $field } can’t be filled in by this form. Change it in Markdown.
problem-list-few = { $field } needs at least { $want }.
problem-list-many = { $field } may have at most { $want }.
problem-list-twice = { $field } names “{ $found }” twice. Keep one.
problem-query-bad = “{ $key }” does not fit here. Write for example: { $want }
problem-query-key = “{ $name }” has no place in a query block.{ $near ->
    [none] {""}
   *[other] {" "}Did you mean “{ $near }”?
 }
problem-query-missing = This query block lacks “{ $key }”.
problem-query-view = There is no view “{ $name }”.{ $near ->
    [none] {" "}Choose table, list, board, timeline, calendar, chart, count or value.
   *[other] {" "}Did you mean “{ $near }”?
 }
problem-ref-file = { $field } names the file “{ $target }”, which is not in the wiki. Put it there or mend the name.
problem-ref-ambiguous = { $field } refers to “{ $target }”, which may be more than one page: { $pages }. Write the whole path.
problem-check-too-costly = This page could not be checked: its rules cost too much. Make them simpler.
problem-type-too-many = “{ $key }” has more than { $most }. The rest does not count: divide them over more types.
problem-type-reserved = A type can’t be called “{ $name }”: that means any page.
problem-type-held = This page is of the type “{ $type }”, in which { $field } is settled: “{ $from }”. So the type can’t be taken off or changed. Put type: { $type } back, or delete the page and make a new one.
problem-type-in-use = The type “{ $name }” is still used on { $count } pages. Give those another type first.
problem-ref-turned = { $field } referred to “{ $from }” and would go to “{ $to }” by this change. Write the whole path in this page, or choose another name.
problem-ref-missing = { $field } refers to “{ $target }”, and there is no such page.{ $near ->
    [none] {""}
   *[other] {" "}Did you mean “{ $near }”?
 }
problem-ref-type = { $field } refers to { $target }, which is of type { $found }. Only this fits here: { $want }.
problem-type-aggregate = “{ $name }” is no total.{ $near ->
    [none] {" "}Choose sum, count, average, min, max, earliest, latest or share.
   *[other] {" "}Did you mean “{ $near }”?
 }
problem-type-bad = “{ $key }” does not fit here. Write for example: { $want }
problem-type-bounds = The least ({ $min }) is more than the most ({ $max }): nothing fits between them. Turn them round.
problem-type-default = { $field } is of the kind { $kind } and can’t have a default, or not this one. Take it away.
problem-type-inverse = “{ $name }” is a field of { $type } already. Choose another name for inverse.
problem-type-path = No address can be made of “{ $found }”. Write for example: begroting/{"{"}date.year{"}"}/{"{"}id{"}"}
problem-type-path-field = The address names the field “{ $name }”, which is not there.{ $near ->
    [none] {""}
   *[other] {" "}Did you mean “{ $near }”?
 }
problem-type-cycle = These fields go in a circle: { $fields }. Have one of them not depend on the others.
problem-type-key = “{ $name }” means nothing in the description of a type.{ $near ->
    [none] {""}
   *[other] {" "}Did you mean “{ $near }”?
 }
problem-type-kind = There is no kind of field “{ $name }”.{ $near ->
    [none] {" "}Choose for example text, money, date, enum or ref.
   *[other] {" "}Did you mean “{ $near }”?
 }
problem-type-missing = “{ $key }” is missing here.
problem-type-name = The file is named after the type “{ $want }” but calls itself “{ $found }”. Make them the same.
problem-type-rollup-of = There is no total of { $field }. Name an amount, number or date at of.
problem-type-unknown = There is no type “{ $name }”.{ $near ->
    [none] {""}
   *[other] {" "}Did you mean “{ $near }”?
 }
problem-type-via = The field “{ $field }” does not refer to { $type }. Name a field at via that does.
problem-value-bool = { $field }: “{ $found }” is no yes or no. Write: { $fix }
problem-value-choice = { $field }: “{ $found }” is no choice.{ $near ->
    [none] {" "}Choose from: { $want }.
   *[other] {" "}Did you mean “{ $near }”? Possible are: { $want }.
 }
problem-value-currency = { $field }: the currency { $found } is not allowed here. Allowed: { $want }.
problem-value-date = { $field }: “{ $found }” is no date. Write: { $fix }
problem-value-email = { $field }: “{ $found }” is no e-mail address. Write: name@example.org
problem-value-high = { $field }: { $found } is too much; the most is { $want }.
problem-value-language = { $field }: “{ $found }” is no language code. Write for example: en
problem-value-long = { $field } is longer than { $want } characters. Make it shorter.
problem-value-low = { $field }: { $found } is too little; the least is { $want }.
problem-value-moment = { $field }: “{ $found }” is no date and time. Write: { $fix }
problem-value-money = { $field }: “{ $found }” is no amount. Write: { $fix }
problem-value-money-bare = { $field }: “{ $found }” has no currency. Write: { $fix }
problem-value-money-cents = { $field }: “{ $found }” has the wrong number of digits after the point. Write: { $fix }
problem-value-number = { $field }: “{ $found }” is no number. Write: { $fix }
problem-value-pattern = { $field }: “{ $found }” has not the right form, which is: { $want }
problem-value-percent = { $field }: “{ $found }” is no percentage. Write: { $fix }
problem-value-period = { $field }: “{ $found }” is no period. Write: { $fix }
problem-value-period-order = { $field }: the period “{ $found }” ends before it begins. Write: { $fix }
problem-value-prefix = { $field }: “{ $found }” does not begin with { $want }.
problem-value-record = { $field } has parts. Write them below each other as name: value.
problem-value-scalar = { $field } is one value ({ $kind }), no list or parts.
problem-value-too-large = { $field }: “{ $found }” is too large to compute exactly. Take at most 18 digits.
problem-value-unknown = { $field } may not be unknown here. Fill in an amount.
problem-value-url = { $field }: “{ $found }” is no web address. Write: { $fix }
problem-value-whole = { $field }: “{ $found }” is no whole number. Write: { $fix }
problem-superseded-cycle = These pages take over from each other in a circle: { $pages }. Let the last one name no successor.
problem-rule-broken = The rule “{ $id }” is not met.
