//! Queries in pages: results, faults in their place, files of the rows, cells and cards that write.

use crate::wiki::{Answer, Files, TestWiki, between, git, unescape};

const PLAN: &str = "type: plan
label: {nl: Plan, en: Plan}
fields:
  title: {type: text, required: true}
  spent:
    type: rollup
    label: {nl: Uitgegeven, en: Spent}
    from: cost
    via: plan
    agg: sum
    of: amount
    where: \"kind = 'spent'\"
  rest: {type: computed, label: {nl: Rest, en: Rest}, as: money, expr: EUR 1000.00 - spent}
";

const COST: &str = "type: cost
label: {nl: Kosten, en: Costs}
fields:
  title: {type: text, required: true}
  plan: {type: ref, to: [plan], label: {nl: Plan, en: Plan}}
  kind:
    type: enum
    label: {nl: Soort, en: Kind}
    values: [planned, committed, spent]
    value_labels: {planned: {nl: gepland, en: planned}, committed: {nl: verplicht, en: committed}, spent: {nl: uitgegeven, en: spent}}
    transitions: {planned: [committed], committed: [spent]}
    required: true
  amount: {type: money, label: {nl: Bedrag, en: Amount}, allow_unknown: true}
  share: {type: percent, label: {nl: Deel, en: Share}}
  date: {type: date, label: {nl: Datum, en: Date}}
  period: {type: daterange, label: {nl: Looptijd, en: Period}}
";

const BLOCKS: &str = "---
type: plan
title: Plan van aanpak
---
Rest: `= this.rest`. Fout: `= this.rst`. Gewoon: `= `.

```yaml polder-query
from: cost
where: plan = this
columns: [title, kind, amount, date, plan]
group: kind
sort: [-amount]
total: [amount]
caption: Alle kosten
```

```yaml polder-query
from: cost
columns: [title, amount]
view: board
group: kind
```

```yaml polder-query
from: cost
columns: [title]
view: {kind: timeline, period: period}
```

```yaml polder-query
from: cost
view: {kind: chart, x: date.year, y: sum(amount), stack: kind}
```

```yaml polder-query
from: cost
view: {kind: calendar, date: date}
```

```yaml polder-query
from: kost
where: amount > 100
```

```yaml polder-query
from: cost
where: amount > 100
```

```yaml polder-query
from: cost
view: count
```

```yaml polder-query
from: cost
where: title = 'niets'
empty: Nog geen kosten.
```
";

const FILES: Files<'static> = &[
    (".polder/config.yml", "title: Proef\nlanguage: nl\ntimezone: Europe/Amsterdam\nlinks:\n  order: target-first\n"),
    (".polder/types/plan.yml", PLAN),
    (".polder/types/cost.yml", COST),
    ("plan.md", BLOCKS),
    (
        "kosten/a.md",
        "---\n# duur\ntype: cost\ntitle: \"=Zand; klei\"\nplan: plan\nkind: spent\namount: EUR 100.10 # bon\ndate: 2010-05-04\nperiod: 2010-01/2010-05\n---\n",
    ),
    (
        "kosten/b.md",
        "---\ntype: cost\ntitle: Water\nplan: plan\nkind: spent\namount: EUR 50.05\ndate: 2010-05\nperiod: 2010-06/..\n---\n",
    ),
    ("kosten/c.md", "---\ntype: cost\ntitle: Lucht <b>\nplan: plan\nkind: planned\namount: unknown\ndate: 2009\n---\n"),
    ("kosten/d.md", "---\ntype: cost\ntitle: Elders\nplan: weg\nkind: planned\namount: EUR 1.00\n---\n"),
];

fn block(answer: &Answer, n: usize) -> String {
    let text = answer.text();
    unescape(between(&text, &format!("<figure class=\"query\" id=\"q.{n}\""), "</figure>")).replace('\u{a0}', " ")
}

#[test]
fn a_table_has_groups_totals_links_and_says_what_is_unknown() {
    let wiki = TestWiki::with(FILES).ready();
    let page = wiki.get("/plan").ok();
    let table = block(&page, 1);
    for part in [
        "Alle kosten",
        "Bedrag (€)",
        "<th scope=\"rowgroup\" colspan=\"5\">",
        "gepland</bdi></th>",
        "href=\"/kosten/b\"><bdi class=\"whole\">Water</bdi>",
        "<span class=\"figure\">100,10</span>",
        "<span class=\"quiet\">onbekend</span>",
        "4 mei 2010",
        "href=\"#q.1\"",
        "3 rijen, 1 onbekend",
        "€ 150,15 + 1 onbekend",
        "/-/query/plan?n=1&format=csv",
        "format=ics",
    ] {
        assert!(table.contains(part), "{part} is not in {table}");
    }
    assert!(page.text().contains("Lucht &lt;b&gt;"), "content stays text");
    assert!(page.text().contains("<span class=\"value\">€\u{a0}849,85</span>"), "{}", page.text());
    assert!(page.has("Bedoel je “rest”?"), "a fault in a line says what is near");
    assert!(page.has("<code>= </code>"), "code that asks nothing stays code");
    let english = wiki.ask("GET", "/plan", &[("Accept-Language", "en")], b"").ok();
    assert!(english.text().contains("€849.85") && english.has("3 rows, 1 unknown"), "{}", english.text());
}

#[test]
fn each_view_shows_its_rows() {
    let wiki = TestWiki::with(FILES).ready();
    let page = wiki.get("/plan").ok();
    let board = block(&page, 2);
    let place = |label: &str| board.find(&format!("<strong>{label}</strong>")).unwrap_or(usize::MAX);
    assert!(place("gepland") < place("verplicht") && place("verplicht") < place("uitgegeven"), "{board}");
    assert!(board.contains("action=\"/-/set/kosten/c\"") && board.contains("Verplaats"), "{board}");
    assert!(!board.contains("action=\"/-/set/kosten/a\""), "where nothing may follow, nothing moves: {board}");
    let timeline = block(&page, 3);
    assert!(timeline.contains("<svg") && timeline.contains("query-bar-open"), "{timeline}");
    assert!(timeline.contains("<table"), "the table says the same: {timeline}");
    let chart = block(&page, 4);
    assert!(chart.contains("Samen € 151,15 + 1 onbekend"), "{chart}");
    assert!(chart.contains("<pattern") && chart.contains("query-legend") && chart.contains("<table"), "{chart}");
    let calendar = block(&page, 5);
    assert!(calendar.contains("mei 2010") && calendar.contains("aria-label=\"4 mei 2010\""), "{calendar}");
    assert!(calendar.contains("1 rij heeft geen datum."), "{calendar}");
    assert!(block(&wiki.get("/plan?q-5.month=2009-12").ok(), 5).contains("<strong>december 2009</strong>"));
    for odd in ["9999-12", "0000-01", "2010-13", "x", ""] {
        wiki.get(&format!("/plan?q-5.month={odd}")).ok();
    }
    assert!(block(&page, 8).contains("<p class=\"query-figure\">4</p>"));
    assert!(block(&page, 9).contains("Nog geen kosten."));
}

#[test]
fn what_cannot_be_read_is_told_in_its_place() {
    let wiki = TestWiki::with(FILES).ready();
    let page = wiki.get("/plan").ok();
    let unknown = block(&page, 6);
    assert!(unknown.contains("“kost” bestaat niet") && unknown.contains("“cost”"), "{unknown}");
    assert!(unknown.contains("from: kost"), "the source stands below: {unknown}");
    let typed = block(&page, 7);
    assert!(typed.contains("EUR 100.00") && typed.contains("regel 47"), "{typed}");
}

#[test]
fn a_query_that_costs_too_much_says_so_and_the_page_shows() {
    let mut files: Vec<(String, String)> = FILES.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    for n in 0..300 {
        files.push((format!("kosten/n{n}.md"), format!("---\ntype: cost\ntitle: N{n}\nkind: planned\n---\n")));
    }
    let dear = "siblings(kind)[count(siblings(kind)) > 0 and count(siblings(kind)[title != 'x']) > 1]";
    let block = format!("```yaml polder-query\nfrom: cost\nwhere: count({dear}) > 0\n```\n\n");
    files.push(("duur.md".into(), format!("# Duur\n\n{}Einde.\n", block.repeat(60))));
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let wiki = TestWiki::with(&files).ready();
    let begun = std::time::Instant::now();
    let page = wiki.get("/duur").ok();
    assert!(page.has("kost te veel rekenwerk") && page.has("Einde."), "{}", page.text());
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
    wiki.get("/-/query/duur?n=1").status(400);
}

/// So many costs, the n-th on the n-th day of some month.
fn many_costs(n: usize) -> Vec<(String, String)> {
    let cost = |n: usize| {
        let (year, month, day) = (2000 + n / 336, n / 28 % 12 + 1, n % 28 + 1);
        format!(
            "---\ntype: cost\ntitle: N{n}\nkind: planned\namount: EUR 1.00\ndate: {year}-{month:02}-{day:02}\nperiod: {year}-{month:02}/{year}-{month:02}\n---\n"
        )
    };
    let files =
        FILES.iter().filter(|file| file.0.starts_with(".polder")).map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
    files.chain((0..n).map(|n| (format!("kosten/n{n}.md"), cost(n)))).collect()
}

fn with_page(mut files: Vec<(String, String)>, page: &str) -> TestWiki {
    files.push(("veel.md".into(), page.to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    TestWiki::with(&files).ready()
}

#[test]
fn what_a_picture_or_form_leaves_out_is_said_beside_it() {
    let block = "```yaml polder-query\n";
    let page = format!(
        "# Veel\n\n{block}from: cost\nview: {{kind: timeline, period: period}}\nlimit: 250\n```\n\n\
         {block}from: cost\nview: {{kind: chart, x: date.month, y: count(), fill: {{by: month, from: 1940-01}}}}\nlimit: 700\n```\n\n\
         {block}from: cost\nview: {{kind: chart, x: title, y: count()}}\n```\n\n\
         {block}from: cost\nview: {{kind: chart, x: date.year, y: count(), stack: title}}\n```\n\n\
         {block}from: cost\ncolumns: [title, kind]\nlimit: 250\n```\n"
    );
    let wiki = with_page(many_costs(240), &page);
    let shown = wiki.get("/veel").ok();
    let of = |n: usize| self::block(&shown, n);
    assert!(of(1).contains("de eerste 100 van 240 zien"), "{}", of(1));
    assert!(of(2).contains("tot en met december 1989"), "{}", of(2));
    assert!(of(3).contains("de eerste 200 van 240.") && of(3).contains("de eerste 100 van 200 zien"), "{}", of(3));
    assert!(of(4).contains("meer dan 24 delen"), "{}", of(4));
    assert!(!of(5).contains("de eerste"), "{}", of(5));
    assert!(self::block(&wiki.get("/veel?edit=q-5").ok(), 5).contains("De eerste 200 van 240 rijen"));
    // The files say it too, and hold what they can.
    let csv = |n: usize| wiki.get(&format!("/-/query/veel?n={n}&format=csv")).ok().text();
    assert!(csv(2).trim_end().rsplit("\r\n").next().expect("a line").contains("... Wat leeg is"), "{}", csv(2));
    assert!(csv(2).contains("tot en met december 1989"), "{}", csv(2));
    assert!(!csv(3).contains("..."), "all bars are there: {}", csv(3));
    let whole = csv(4);
    assert!(whole.starts_with("date.year,count(),commit,as_of\r\n"), "{whole}");
    assert!(whole.contains("meer dan 24 delen") && whole.lines().count() > 2, "{whole}");
    wiki.get("/-/query/veel?n=2&format=json").ok().shows("\"left_out\":[\"Wat leeg is");
}

#[test]
fn a_page_holds_so_many_cells_and_the_rest_stands_alone() {
    let columns = "columns: [title, kind, amount, date, period, plan, title, kind, amount, date, period, title, kind, amount, date, period, title, kind, amount, date]";
    let block = format!("```yaml polder-query\nfrom: cost\n{columns}\nlimit: 1000\n```\n\n");
    let small = "```yaml polder-query\nfrom: cost\nview: count\n```\n\n";
    let wiki = with_page(many_costs(1_000), &format!("# Veel\n\n{}{small}Einde.\n", block.repeat(7)));
    let page = wiki.get("/veel").ok();
    for n in 1..=5 {
        assert!(self::block(&page, n).contains("<table"), "{n}");
    }
    for n in 6..=7 {
        let block = self::block(&page, n);
        assert!(block.contains("te groot om naast de andere") && !block.contains("<table"), "{block}");
        assert!(block.contains("1.000 rijen") && block.contains("format=csv"), "{block}");
    }
    assert!(self::block(&page, 8).contains("1.000") && page.has("Einde."), "a small one still fits");
    let link = "/-/query/veel?n=7&format=html#q.7";
    assert!(self::block(&page, 7).contains(&format!("href=\"{link}\"")), "{}", self::block(&page, 7));
    let alone = wiki.get(link.split('#').next().expect("an address")).ok();
    let block = self::block(&alone, 7);
    assert!(
        block.contains("<table") && block.contains("/-/query/veel?n=7&format=html&edit=q-7#q.7"),
        "{}",
        &block[block.len() - 2_000..]
    );
    let editing = self::block(&wiki.get("/-/query/veel?n=7&format=html&edit=q-7").ok(), 7);
    assert!(editing.contains("name=\"field.title\""), "cells are fields there too");
    assert!(self::block(&wiki.get("/veel?edit=q-7").ok(), 7).contains("name=\"field.title\""));
}

#[test]
fn rows_are_files_in_the_spelling_of_files() {
    let wiki = TestWiki::with(FILES).ready();
    let answer = wiki.get("/-/query/plan?n=1&format=csv").ok();
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(answer.header("content-disposition"), "inline; filename=\"plan-q1.csv\"");
    let tip = wiki.tip();
    assert_eq!(answer.header("polder-commit"), tip);
    let text = answer.text();
    let mut lines = text.split("\r\n");
    assert_eq!(
        lines.next(),
        Some("page,title,kind,amount,amount_currency,date,plan,plan_title,commit,as_of"),
        "{text}"
    );
    let line = lines.next().expect("a row");
    assert!(line.starts_with("kosten/c,Lucht <b>,planned,unknown,,2009,plan,Plan van aanpak,"), "{line}");
    assert!(line.contains(&tip), "{line}");
    let line = lines.next().expect("a row");
    assert!(line.starts_with("kosten/a,=Zand; klei,spent,100.10,EUR,2010-05-04,"), "{line}");
    let dutch = wiki.get("/-/query/plan?n=1&format=csv&variant=excel-nl").ok().text();
    assert!(dutch.starts_with('\u{feff}') && dutch.contains(";\"'=Zand; klei\";spent;100,10;EUR;"), "{dutch}");
    let json = wiki.get("/-/query/plan?n=1&format=json").ok().text();
    assert!(json.contains("{\"amount\":\"100.10\",\"currency\":\"EUR\"}"), "{json}");
    assert!(json.contains("{\"amounts\":[{\"amount\":\"150.15\",\"currency\":\"EUR\"}],\"n_unknown\":1}"), "{json}");
    let ics = wiki.get("/-/query/plan?n=3&format=ics").ok().text();
    assert!(ics.contains("DTSTART;VALUE=DATE:20100101\r\nDTEND;VALUE=DATE:20100601\r\n"), "{ics}");
    assert!(ics.contains("DTSTART;VALUE=DATE:20100601\r\nSUMMARY:Water"), "an open end has none: {ics}");
    let points = wiki.get("/-/query/plan?n=4&format=csv").ok().text();
    assert!(points.starts_with("date.year,kind,sum(amount),sum(amount)_currency,commit,as_of\r\n"), "{points}");
    assert!(points.contains("2010,spent,150.15,EUR,"), "{points}");
    for n in ["0", "-1", "x", "", "1.5"] {
        wiki.get(&format!("/-/query/plan?n={n}&format=csv")).status(400).shows("een getal vanaf 1");
    }
    for (path, status) in [("plan?n=99", 404), ("plan?n=6", 400), ("plan?n=1&format=exe", 400), ("weg?n=1", 404)] {
        wiki.get(&format!("/-/query/{path}")).status(status);
    }
    let tag = wiki.get("/-/query/plan?n=1").ok().header("etag").to_owned();
    wiki.ask("GET", "/-/query/plan?n=1", &[("If-None-Match", &tag)], b"").status(304);
}

#[test]
fn a_cell_saves_one_line_in_the_page_it_comes_from() {
    // INV-11
    let wiki = TestWiki::with(FILES).ready();
    let page = wiki.get("/plan?edit=q-1").ok();
    let table = block(&page, 1);
    assert!(table.contains("name=\"field.amount\" value=\"€ 100,10\""), "{table}");
    assert!(table.contains("form id=\"ui.q-1-r1\""), "{table}");
    let base = wiki.tip();
    let back = "/plan?edit=q-1#q.1";
    let fields = [
        ("base", base.as_str()),
        ("back", back),
        ("name", "Noor"),
        ("field.title", "=Zand; klei"),
        ("field.amount", "veel geld"),
    ];
    let answer = wiki.post("/-/set/kosten/a", &fields).status(422);
    assert!(answer.has("value=\"veel geld\""), "what was typed stays: {}", answer.text());
    let fields = [fields[0], fields[1], fields[2], fields[3], ("field.amount", "€ 1.234,50")];
    wiki.post("/-/set/kosten/a", &fields).status(303).leads_to(back);
    let diff = git(&wiki.repo(), &["diff", "-U0", "main~1", "main", "--", "kosten/a.md"]).ok().stdout();
    let changed: Vec<&str> = diff
        .lines()
        .filter(|line| line.starts_with(['+', '-']) && !line.starts_with("+++") && !line.starts_with("---"))
        .collect();
    assert_eq!(changed, ["-amount: EUR 100.10 # bon", "+amount: EUR 1234.50 # bon"]);
    // What somebody else wrote since stays: only what differs from what the form showed is a wish.
    let fields = [fields[0], fields[1], fields[2], ("field.amount", "€ 100,10"), ("field.date", "5 mei 2010")];
    wiki.post("/-/set/kosten/a", &fields).status(303);
    let now = wiki.file("kosten/a.md");
    assert!(now.contains("EUR 1234.50 # bon") && now.contains("date: 2010-05-05"), "{now}");
    // Emptied is removed; nothing changed makes no commit.
    let tip = wiki.tip();
    let empty = [("base", tip.as_str()), ("name", "Noor"), ("field.date", "")];
    wiki.post("/-/set/kosten/a", &empty).status(303).leads_to("/kosten/a");
    assert!(!wiki.file("kosten/a.md").contains("date:"));
    let tip = wiki.tip();
    wiki.post("/-/set/kosten/a", &[("base", &tip), ("name", "Noor"), ("field.kind", "spent")]).status(303);
    assert_eq!(wiki.tip(), tip);
}

#[test]
fn a_card_moves_only_where_it_may_and_nobody_is_led_away() {
    let wiki = TestWiki::with(FILES).ready();
    let base = wiki.tip();
    let moved = |to: &str, back: &str, name: &str| {
        wiki.post("/-/set/kosten/c", &[("base", &base), ("back", back), ("name", name), ("field.kind", to)])
    };
    let answer = moved("spent", "/plan#q.2", "Noor").status(422);
    assert!(answer.has("gepland") || answer.has("planned"), "{}", answer.text());
    let unnamed = moved("committed", "/plan#q.2", "").status(422);
    assert!(unnamed.has("ui.name"), "a name is asked for: {}", unnamed.text());
    moved("committed", "//elders.example", "Noor").status(303).leads_to("/kosten/c");
    assert!(wiki.file("kosten/c.md").contains("kind: committed"));
    let long = "lang ".repeat(14_000);
    for (key, value) in [("field.spent", "987"), ("field.niets", "zomaar"), ("field.title", long.trim())] {
        let tip = wiki.tip();
        let answer = wiki.post("/-/set/plan", &[("base", &tip), ("name", "Noor"), (key, value)]).status(422);
        assert!(answer.has(value), "what was typed comes back");
    }
    wiki.post("/-/set/weg", &[("name", "Noor")]).status(404);
    wiki.ask("POST", "/-/set/kosten/c", &[("Origin", "http://elders.example")], b"field.kind=spent").status(403);
}

#[test]
fn a_total_opens_to_what_makes_it_up_and_moves_with_its_parts() {
    let wiki = TestWiki::with(FILES).ready();
    let page = wiki.get("/plan").ok();
    let record = between(&page.text(), "section class=\"record\"", "</section>").replace('\u{a0}', " ");
    assert!(record.contains("€ 150,15") && record.contains("/-/total/plan?field=spent"), "{record}");
    let total = wiki.get("/-/total/plan?field=spent").ok();
    assert!(total.has("Hier tellen 2 pagina’s mee") && total.text().contains("href=\"/kosten/a\""), "{}", total.text());
    assert!(total.text().contains("€\u{a0}150,15"), "{}", total.text());
    for path in ["plan?field=rest", "plan?field=x", "plan", "kosten/a?field=amount", "weg?field=spent"] {
        wiki.get(&format!("/-/total/{path}")).status(404);
    }
    wiki.editor("kosten/b").replace("EUR 50.05", "EUR 60.06").save().status(303);
    let page = wiki.get("/plan").ok().text();
    assert!(page.contains("€\u{a0}160,16") && page.contains("€\u{a0}839,84"), "{page}");
}

#[test]
fn an_old_version_shows_the_totals_that_it_had() {
    let wiki = TestWiki::with(FILES).ready();
    let old = wiki.tip();
    wiki.editor("kosten/b").replace("EUR 50.05", "EUR 60.06").save().status(303);
    let page = wiki.get(&format!("/plan@~{old}")).ok();
    assert!(page.text().contains("€\u{a0}849,85"), "{}", page.text());
    // Its rows are fetched as they were, and not changed.
    assert!(block(&page, 1).contains("format=csv&at=~"), "{}", block(&page, 1));
    assert!(!block(&page, 1).contains("edit=q-1"), "{}", block(&page, 1));
    // A file of rows names the commit whose rows it holds.
    let csv = wiki.get(&format!("/-/query/plan?n=1&format=csv&at=~{old}")).ok().text();
    let line = csv.split("\r\n").nth(1).expect("a row");
    assert_eq!(line.rsplit(',').nth(1), Some(old.as_str()), "{csv}");
    let json = wiki.get(&format!("/-/query/plan?n=1&format=json&at=~{old}")).ok().text();
    assert!(json.contains(&format!("\"commit\":\"{old}\"")), "{json}");
}

#[test]
fn content_can_neither_make_nor_move_a_result() {
    let query = "```yaml polder-query\nfrom: cost\nview: count\n```\n";
    let pages = [
        ("a.md", format!("\u{fdd1}q0\u{fdd1}\n\n{query}")),
        ("b.md", format!("&#xFDD1;q0&#64977;\n\n{query}")),
        ("c.md", format!("<div title=\"\n\n{query}\n\" onclick=\"x\">\n")),
        ("d.md", format!("<textarea>\n\n{query}\n")),
        ("e.md", format!("<!-- \n\n{query}\n")),
        ("f.md", format!("<table><tr><td>\n\n{query}\n</td></tr></table>\n<b>")),
        ("g.md", format!("<style>\n\n{query}\n")),
    ];
    let mut files: Vec<(&str, &str)> = FILES.to_vec();
    files.extend(pages.iter().map(|(path, text)| (*path, text.as_str())));
    let wiki = TestWiki::with(&files).ready();
    for (path, _) in &pages {
        let page = wiki.get(&format!("/{}", path.trim_end_matches(".md"))).ok();
        let text = page.text();
        assert!(!text.contains("onclick"), "{path}: {text}");
        assert!(text.matches("class=\"query\"").count() <= 1, "{path}: {text}");
        // Wherever a result stands, it stands between tags.
        for (at, _) in text.match_indices("<figure class=\"query\"") {
            let before = &text[..at];
            assert!(before.rfind('>') > before.rfind('<'), "{path}: {text}");
        }
    }
    for path in ["/a", "/b"] {
        let text = wiki.get(path).ok().text();
        assert!(!text.contains("class=\"query\"") && text.contains("language-yaml"), "{text}");
    }
    assert!(wiki.get("/f").ok().text().contains("class=\"query-figure\""));
}

#[test]
fn a_preview_shows_results() {
    let wiki = TestWiki::with(FILES).ready();
    let answer = wiki.editor("plan").replace("Alle kosten", "Alles bij elkaar").preview().ok();
    assert!(answer.has("Alles bij elkaar") && answer.text().contains("query-table"), "{}", answer.text());
}
