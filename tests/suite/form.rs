//! Records through forms: made, changed by one line, refused with everything kept, to Markdown and
//! back.

use crate::wiki::{Answer, Files, TestWiki, between, git, unescape};

const PROJECT: &str = "type: project
label: {nl: Project, en: Project}
hint: {nl: Werk met een begin en een einde., en: Work with a begin and an end.}
path: 'projecten/{slug}'
fields:
  title: {type: text, label: {nl: Titel, en: Title}, required: true, max: 60}
  plan: {type: ref, label: {nl: Plan, en: Plan}, to: [plan], required: true, inverse: projects}
  status:
    type: enum
    label: {nl: Stand, en: Status}
    values: [submitted, running, done]
    value_labels: {submitted: {nl: aangeleverd, en: submitted}, running: {nl: loopt, en: running}, done: {nl: klaar, en: done}}
    required: true
    default: submitted
    transitions: {submitted: [running], running: [done]}
  budget: {type: money, label: {nl: Bedrag, en: Amount}, currency: [EUR], allow_unknown: true}
  share: {type: percent, label: {nl: Deel, en: Share}, max: 100%}
  fte: {type: decimal, label: {nl: Fte, en: FTE}}
  start: {type: date, label: {nl: Start, en: Start}}
  period: {type: daterange, label: {nl: Periode, en: Period}}
  kickoff: {type: datetime, label: {nl: Aftrap, en: Kick-off}}
  open: {type: bool, label: {nl: Openbaar, en: Public}, default: true}
  tested: {type: bool, label: {nl: Getest, en: Tested}}
  site: {type: url, label: {nl: Website, en: Website}}
  phases: {type: list, label: {nl: Fasen, en: Phases}, of: text}
  partners:
    type: list
    label: {nl: Partners, en: Partners}
    of: {record: {who: {type: text, label: {nl: Wie, en: Who}}, role: {type: text, label: {nl: Rol, en: Role}}}}
  note: {type: text, label: {nl: Noot, en: Note}, max: 1000}
rules:
  - id: done-is-tested
    level: error
    when: \"status = 'done'\"
    require: [tested]
    message: {nl: Wat klaar is moet zijn getest., en: What is done must be tested.}
";

const PLAN: &str =
    "type: plan\nlabel: {nl: Plan, en: Plan}\npath: 'plannen/{slug}'\nfields:\n  title: {type: text, required: true}\n";

const COST: &str = "type: cost
label: {nl: Kosten, en: Cost}
path: 'kosten/{date.year}/{id}'
tree_parent: plan
fields:
  id: {type: text, label: {nl: Nummer, en: Number}, required: true, pattern: 'K-\\d{4}-\\d{3,}', unique: true, immutable: true}
  title: {type: text, required: true}
  plan: {type: ref, to: [plan], inverse: costs}
  date: {type: date, label: {nl: Datum, en: Date}, required: true}
";

const DIJK: &str = "---\n# Wat dit is\ntype: project\ntitle: \"De dijk\" # naam\nplan: \"[[Plan A]]\"\nbudget:   EUR 500000.00\nperiod: straks\nvreemd: {a: 1}\nphases: [een, 'twee'] # volgorde\npartners:\n  - who: Noor # trekker\n    role: bouwt\n    sinds: 2009\n  - who: Bas\nlos:\n---\n\n# Kop\n\nTekst.\n";

const FILES: Files<'static> = &[
    (".polder/config.yml", "title: Proef\nlanguage: nl\nlinks:\n  order: target-first\n"),
    (".polder/types/project.yml", PROJECT),
    (".polder/types/plan.yml", PLAN),
    (".polder/types/cost.yml", COST),
    ("plannen/a.md", "---\ntype: plan\ntitle: Plan A\n---\n"),
    ("plannen/b.md", "---\ntype: plan\ntitle: Plan B\n---\n"),
    ("projecten/dijk.md", DIJK),
    (
        "kosten/2010/K-2010-009.md",
        "---\ntype: cost\nid: K-2010-009\ntitle: Zand\nplan: plannen/a\ndate: 2010-03\n---\n",
    ),
    ("kosten/2009/K-2009-050.md", "---\ntype: cost\nid: K-2009-050\ntitle: Klei\ndate: 2009-03\n---\n"),
    ("los.md", "---\ntitle: Los\n---\nTekst.\n"),
];

/// A form as a browser has it: every input with what it holds, in order.
struct Page<'a> {
    wiki: &'a TestWiki,
    action: String,
    inputs: Vec<(String, String)>,
}

impl Page<'_> {
    fn of<'a>(wiki: &'a TestWiki, answer: &Answer) -> Page<'a> {
        let text = answer.text();
        let form = between(&text, "<form class=\"editor", "</form>").to_owned();
        let action = unescape(between(&form, "action=\"", "\""));
        let mut inputs = Vec::new();
        for tag in form.split('<').skip(1) {
            let (open, inner) = tag.split_once('>').unwrap_or((tag, ""));
            let of = |name: &str| {
                let prefix = format!(" {name}=\"");
                open.contains(&prefix).then(|| unescape(between(open, &prefix, "\"")))
            };
            let name = of("name");
            let is_off = open.contains("type=\"checkbox\"") && !open.contains(" checked");
            if open.starts_with("input") && !is_off {
                inputs.push((name.expect("a name"), of("value").unwrap_or_default()));
            } else if open.starts_with("textarea") {
                let text = unescape(inner);
                inputs.push((name.expect("a name"), text.strip_prefix('\n').unwrap_or(&text).to_owned()));
            } else if open.starts_with("select") {
                inputs.push((name.expect("a name"), String::new()));
            } else if open.starts_with("option") && open.contains(" selected") {
                inputs.last_mut().expect("a select").1 = of("value").unwrap_or_default();
            }
        }
        Page { wiki, action, inputs }
    }

    fn open<'a>(wiki: &'a TestWiki, path: &str) -> Page<'a> {
        Page::of(wiki, &wiki.get(path).ok()).set("name", "Noor")
    }

    fn get(&self, name: &str) -> &str {
        let found = self.inputs.iter().rev().find(|input| input.0 == name);
        &found.unwrap_or_else(|| panic!("no input {name} in {:?}", self.inputs)).1
    }

    fn has(&self, name: &str) -> bool {
        self.inputs.iter().any(|input| input.0 == name)
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        let found = self.inputs.iter_mut().rev().find(|input| input.0 == name);
        found.unwrap_or_else(|| panic!("no input {name}")).1 = value.to_owned();
        self
    }

    /// Browsers send CRLF.
    fn press(&self, button: &str, value: &str) -> Answer {
        let sent: Vec<(String, String)> =
            self.inputs.iter().map(|(name, value)| (name.clone(), value.replace('\n', "\r\n"))).collect();
        let mut fields: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.push((button, value));
        self.wiki.post(&self.action, &fields)
    }

    fn save(&self) -> Answer {
        self.press("act", "save")
    }
}

#[test]
fn a_record_made_by_form_stands_in_the_file_that_its_type_says() {
    let wiki = TestWiki::with(FILES);
    wiki.get("/-/new").ok().in_main().shows("href=\"/-/new/project\"").shows("Werk met een begin");
    let form = Page::open(&wiki, "/-/new/project?plan=plannen/b&vreemd=x");
    assert_eq!(form.get("f.plan"), "plannen/b");
    let form = form
        .set("f.title", "Nieuw gemaal: 'het' begin")
        .set("f.budget", "€ 500.000,00")
        .set("f.share", "12,5 %")
        .set("f.fte", "0,8")
        .set("f.start", "1 mei 2010")
        .set("f.period.from", "jan 2010")
        .set("f.kickoff.date", "4-3-2010")
        .set("f.kickoff.time", "10:00 +01:00")
        .set("f.tested", "false")
        .set("f.phases.0", "bouw")
        .set("body", "Waarom: [[Plan A]].\n");
    let added = Page::of(&wiki, &form.press("add", "f.partners").ok());
    let form =
        added.set("f.partners.0.who", "Noor").set("f.partners.1.who", "Bas").set("f.partners.1.role", "kijkt mee");
    let form = form.set("name", "Noor");
    form.press("act", "preview").ok().shows("projecten/nieuw-gemaal-het-begin").shows("href=\"/plannen/a\"");
    form.save().status(303).leads_to("/projecten/nieuw-gemaal-het-begin");
    assert_eq!(
        wiki.file("projecten/nieuw-gemaal-het-begin.md"),
        "---\ntype: project\ntitle: \"Nieuw gemaal: 'het' begin\"\nplan: plannen/b\nstatus: submitted\nbudget: EUR 500000.00\nshare: 12.5%\nfte: 0.8\nstart: 2010-05-01\nperiod: 2010-01/..\nkickoff: 2010-03-04T10:00:00+01:00\ntested: false\nphases:\n  - bouw\npartners:\n  - who: Noor\n  - who: Bas\n    role: kijkt mee\n---\nWaarom: [[Plan A]].\n"
    );
    wiki.get("/projecten/nieuw-gemaal-het-begin").ok().shows("€\u{a0}500.000,00");
    // The same title again gets a number.
    let again = Page::open(&wiki, "/-/new/project?plan=plannen/b&title=Nieuw+gemaal+het+begin");
    again.save().status(303).leads_to("/projecten/nieuw-gemaal-het-begin-2");
}

#[test]
fn one_changed_field_is_one_changed_line_and_everything_odd_stays() {
    // INV-11
    let wiki = TestWiki::with(FILES);
    let form = Page::open(&wiki, "/-/form/projecten/dijk");
    assert_eq!((form.get("f.plan"), form.get("f.budget")), ("plannen/a", "€ 500.000,00"));
    assert_eq!((form.get("f.period.from"), form.get("f.period.to")), ("straks", ""));
    assert_eq!((form.get("f.title"), form.get("f.partners.0.who")), ("De dijk", "Noor"));
    form.save().status(303);
    assert_eq!(wiki.file("projecten/dijk.md"), DIJK, "nothing was changed");
    form.set("f.budget", "650.000").save().status(303).leads_to("/projecten/dijk");
    assert_eq!(wiki.file("projecten/dijk.md"), DIJK.replace("EUR 500000.00", "EUR 650000.00"));
    let shown = git(&wiki.repo(), &["diff", "--numstat", "main~1", "main"]).ok().stdout();
    assert_eq!(shown.trim(), "1\t1\tprojecten/dijk.md");
    // Nested: what the form does not know stays, comments too.
    let form = Page::open(&wiki, "/-/form/projecten/dijk").set("f.partners.0.role", "rekent").set("f.phases.1", "drie");
    form.save().status(303);
    let want = DIJK
        .replace("EUR 500000.00", "EUR 650000.00")
        .replace("role: bouwt", "role: rekent")
        .replace("[een, 'twee']", "[een, 'drie']");
    assert_eq!(wiki.file("projecten/dijk.md"), want);
    // An emptied field goes with its line; a row goes by its button.
    let form = Page::open(&wiki, "/-/form/projecten/dijk").set("f.budget", "");
    let form = Page::of(&wiki, &form.press("remove", "f.partners.1").ok()).set("name", "Noor");
    assert!(!form.has("f.partners.1.who") && form.has("f.partners.0.who"));
    form.save().status(303);
    let want = want.replace("budget:   EUR 650000.00\n", "").replace("  - who: Bas\n", "");
    assert_eq!(wiki.file("projecten/dijk.md"), want);
}

#[test]
fn one_field_alone_can_be_posted() {
    // INV-11
    let wiki = TestWiki::with(FILES);
    let one = [("f.budget", "EUR 3.00"), ("name", "Noor"), ("base", &wiki.tip())];
    wiki.post("/-/form/projecten/dijk", &one).status(303);
    assert_eq!(wiki.file("projecten/dijk.md"), DIJK.replace("EUR 500000.00", "EUR 3.00"));
    wiki.post("/-/form/projecten/dijk", &[("f.budget", "x"), ("name", "Noor")]).status(422).shows("Tekst.");
    wiki.post("/-/form/los", &[("f.title", "x"), ("name", "Noor")]).status(400);
    wiki.post("/-/form/nergens", &[("f.title", "x"), ("name", "Noor")]).status(404);
}

#[test]
fn a_page_with_crlf_keeps_its_line_ends() {
    // INV-11
    let wiki = TestWiki::with(FILES);
    let crlf = DIJK.replace('\n', "\r\n");
    wiki.clone_as("noor").write("projecten/dijk.md", &crlf).commit("crlf").push().ok();
    wiki.eventually("/-/form/projecten/dijk", |answer| answer.status == 200);
    let form = Page::open(&wiki, "/-/form/projecten/dijk").set("f.fte", "0,5").set("f.budget", "onbekend");
    form.save().status(303);
    let want = DIJK.replace("EUR 500000.00", "unknown").replace("los:\n", "los:\nfte: 0.5\n").replace('\n', "\r\n");
    assert_eq!(wiki.file("projecten/dijk.md"), want);
}

#[test]
fn what_is_wrong_is_told_at_its_field_and_what_was_typed_stays() {
    let wiki = TestWiki::with(FILES);
    let tip = wiki.tip();
    let form = Page::open(&wiki, "/-/new/project")
        .set("f.budget", "veel")
        .set("f.share", "120%")
        .set("f.start", "31-2-2010")
        .set("f.period.from", "2011")
        .set("f.period.to", "2010")
        .set("f.kickoff.date", "4-3-2010")
        .set("f.site", "example.org")
        .set("body", "Blijft staan.");
    let answer = form.save().status(422);
    let main = answer.main();
    for (input, text) in [
        ("f.title", "Titel: vul dit in."),
        ("f.plan", "Plan: vul dit in."),
        ("f.budget", "Bedrag: “veel” is geen bedrag. Schrijf bijvoorbeeld € 1.234,50."),
        ("f.share", "Deel: “120%” is te veel"),
        ("f.start", "Start: “31-2-2010” is geen datum."),
        ("f.period.to", "het einde ligt voor het begin"),
        ("f.kickoff.time", "is geen tijd"),
        ("f.site", "Bedoel je https://example.org?"),
    ] {
        let summary = between(&main, "role=\"alert\"", "</section>");
        assert!(summary.contains(&format!("href=\"#ui.{input}\"")), "{input} is not in the summary: {summary}");
        assert!(summary.contains(text), "{text} is not in: {summary}");
        let control = between(&main, &format!("id=\"ui.{input}\""), ">");
        assert!(control.contains("aria-invalid=\"true\""), "{input}: {control}");
        assert!(control.contains(&format!("ui.{input}-error")), "{input}: {control}");
    }
    assert!(answer.has("<title>Fout: "), "the title says so first");
    let back = Page::of(&wiki, &answer);
    assert_eq!((back.get("f.budget"), back.get("f.start"), back.get("body")), ("veel", "31-2-2010", "Blijft staan."));
    let english = wiki.ask("GET", "/-/new/project", &[("Accept-Language", "en")], b"").ok();
    english.shows("(required)").shows("For example €1,234.50");
    assert_eq!(wiki.tip(), tip);
    // No name: the same form, and nothing is lost.
    let form = Page::open(&wiki, "/-/form/projecten/dijk").set("f.fte", "1,5").set("name", " ");
    form.save().status(422).shows("href=\"#ui.name\"").shows("value=\"1,5\"");
    assert_eq!(wiki.tip(), tip);
}

#[test]
fn what_the_gate_refuses_is_told_at_the_field_that_it_speaks_of() {
    let wiki = TestWiki::with(FILES);
    let form = Page::open(&wiki, "/-/new/project?plan=plannen/a&title=Klaar").set("f.status", "done");
    let answer = form.save().status(422);
    let summary = between(&answer.main(), "role=\"alert\"", "</section>").to_owned();
    assert!(summary.contains("href=\"#ui.f.tested\""), "{summary}");
    assert!(between(&answer.main(), "id=\"ui.f.tested\"", ">").contains("aria-invalid"));
    Page::of(&wiki, &answer).set("f.tested", "true").save().status(303).leads_to("/projecten/klaar");
    // Two records with one number.
    let twice = Page::open(&wiki, "/-/new/cost?title=x&date=2012-05&id=K-2010-009").save().status(422);
    twice.shows("href=\"#ui.f.id\"").shows("“K-2010-009” is al in gebruik");
    // Transitions are judged by what the wiki has.
    let form = Page::open(&wiki, "/-/form/projecten/klaar");
    let back = [("f.status", "submitted"), ("front", form.get("front")), ("base", form.get("base")), ("name", "Noor")];
    wiki.post("/-/form/projecten/klaar", &back).status(422).shows("href=\"#ui.f.status\"").shows("niet op volgen");
}

#[test]
fn to_markdown_and_back_nothing_is_lost() {
    let wiki = TestWiki::with(FILES);
    let form = Page::open(&wiki, "/-/form/projecten/dijk")
        .set("f.budget", "veel geld")
        .set("f.fte", "0,8")
        .set("f.period.to", "ooit")
        .set("summary", "Waarom")
        .set("body", "Andere tekst.\n");
    let editor = Page::of(&wiki, &form.press("act", "markdown").ok());
    assert_eq!(editor.action, "/-/edit/projecten/dijk");
    let want = DIJK
        .replace("EUR 500000.00", "veel geld")
        .replace("period: straks", "period: straks/ooit")
        .replace("los:\n", "los:\nfte: 0.8\n")
        .replace("\n# Kop\n\nTekst.\n", "Andere tekst.\n");
    assert_eq!(editor.get("text"), want);
    assert_eq!((editor.get("summary"), editor.get("name")), ("Waarom", "Noor"));
    let mut changed = editor.set("text", &want.replace("fte: 0.8", "fte: 0.9"));
    changed.action = "/-/form/projecten/dijk".to_owned();
    let form = Page::of(&wiki, &changed.press("act", "form").ok());
    assert_eq!((form.get("f.budget"), form.get("f.fte")), ("veel geld", "0,9"));
    assert_eq!((form.get("f.period.from"), form.get("f.period.to")), ("straks", "ooit"));
    assert_eq!((form.get("body"), form.get("summary")), ("Andere tekst.\n", "Waarom"));
    // What can't be read as a form stays in the editor.
    let mut broken = changed.set("text", "---\ntype: [\n---\nTekst.\n");
    broken.action = "/-/form/projecten/dijk".to_owned();
    let answer = broken.press("act", "form").status(422);
    assert_eq!(Page::of(&wiki, &answer).get("text"), "---\ntype: [\n---\nTekst.\n");
    // A new record goes over as well, to the address that it would get.
    let form = Page::open(&wiki, "/-/new/project?plan=plannen/a").set("f.title", "Sluis").set("f.budget", "x");
    let editor = Page::of(&wiki, &form.press("act", "markdown").ok());
    assert_eq!(editor.get("path"), "projecten/sluis");
    let text = "---\ntype: project\ntitle: Sluis\nplan: plannen/a\nstatus: submitted\nbudget: x\n---\n";
    assert_eq!(editor.get("text"), text);
    let mut editor = editor;
    editor.action = "/-/form/projecten/sluis".to_owned();
    let form = Page::of(&wiki, &editor.press("act", "form").ok());
    assert_eq!(
        (form.action.as_str(), form.get("path"), form.get("f.budget")),
        ("/-/new/project", "projecten/sluis", "x")
    );
    form.set("f.budget", "").save().status(303).leads_to("/projecten/sluis");
}

#[test]
fn numbers_go_on_from_the_newest_and_stay_for_good() {
    let wiki = TestWiki::with(FILES);
    let form = Page::open(&wiki, "/-/new/cost?plan=plannen/a");
    assert_eq!(form.get("f.id"), "K-2010-010");
    let form = form.set("f.title", "Gras").set("f.date", "2 april 2011");
    form.save().status(303).leads_to("/kosten/2011/K-2010-010");
    assert_eq!(
        wiki.file("kosten/2011/K-2010-010.md"),
        "---\ntype: cost\ntitle: Gras\nid: K-2010-010\nplan: plannen/a\ndate: 2011-04-02\n---\n"
    );
    // A taken number is told, not given a suffix.
    let taken = Page::open(&wiki, "/-/new/cost?title=x&date=2010-05&id=K-2010-009");
    taken.save().status(422).shows("is al in gebruik");
    let edit = wiki.get("/-/form/kosten/2010/K-2010-009").ok();
    assert!(between(&edit.text(), "id=\"ui.f.id\"", ">").contains("readonly"));
    let form = Page::of(&wiki, &edit).set("name", "Noor").set("f.title", "Fijn zand");
    form.save().status(303);
    assert!(wiki.file("kosten/2010/K-2010-009.md").contains("id: K-2010-009\ntitle: Fijn zand\n"));
}

#[test]
fn choices_offer_what_may_come_next() {
    let wiki = TestWiki::with(FILES);
    let options = |answer: Answer| {
        let select = between(&answer.text(), "<select id=\"ui.f.status\"", "</select>").to_owned();
        select.split("value=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or("").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(options(wiki.get("/-/new/project").ok()), ["submitted", "running", "done"]);
    assert_eq!(options(wiki.get("/-/form/projecten/dijk").ok()), ["submitted", "running"]);
    Page::open(&wiki, "/-/form/projecten/dijk").set("f.status", "running").save().status(303);
    assert_eq!(options(wiki.get("/-/form/projecten/dijk").ok()), ["running", "done"]);
    wiki.get("/-/form/projecten/dijk").ok().shows(">loopt</option>");
}

#[test]
fn many_pages_are_searched_by_typing() {
    let mut pages: Vec<(String, String)> =
        (0..201).map(|n| (format!("plannen/p{n}.md"), format!("---\ntype: plan\ntitle: Plan {n}\n---\n"))).collect();
    pages.extend(FILES.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())));
    let files: Vec<(&str, &str)> = pages.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let wiki = TestWiki::with(&files);
    let answer = wiki.get("/-/new/project").ok();
    answer.lacks("<select id=\"ui.f.plan\"").shows("list=\"ui.list-0\"").shows("<option value=\"plannen/p7\">Plan 7<");
    let form = Page::open(&wiki, "/-/new/project?title=x").set("f.plan", "Plan 7");
    form.save().status(303);
    assert!(wiki.file("projecten/x.md").contains("\nplan: plannen/p7\n"), "a title does as well");
    let form = Page::open(&wiki, "/-/new/project?title=y").set("f.plan", "Plan 7000");
    form.save().status(422).shows("is geen pagina van deze wiki");
    // Types that refer elsewhere have no such list.
    wiki.get("/-/new/plan").ok().lacks("<datalist");
}

#[test]
fn the_way_to_a_form_is_shown_to_who_may_edit() {
    let wiki = TestWiki::with(FILES);
    wiki.get("/projecten/dijk").ok().shows("href=\"/-/form/projecten/dijk\"");
    wiki.get("/los").ok().shows("href=\"/-/edit/los\"");
    wiki.get("/-/form/los").status(303).leads_to("/-/edit/los");
    wiki.get("/-/form/nergens").status(404);
    wiki.get("/-/new/nergens").status(400);
    let plan = wiki.get("/plannen/a").ok().in_main();
    plan.shows("href=\"/-/new/project?plan=plannen/a\"").shows("href=\"/-/new/cost?plan=plannen/a\"");
    wiki.get("/-/index").ok().shows("href=\"/-/new\"");
    let proxied = [("X-Forwarded-For", "192.0.2.1")];
    wiki.ask("GET", "/-/new/project", &proxied, b"").status(403);
    wiki.ask("GET", "/plannen/a", &proxied, b"").ok().lacks("/-/new/");
    let foreign = [("Origin", "http://example.org"), ("Content-Type", "application/x-www-form-urlencoded")];
    wiki.ask("POST", "/-/form/projecten/dijk", &foreign, b"f.title=x").status(403);
}

#[test]
fn two_forms_on_different_fields_merge_and_on_one_field_are_both_shown() {
    let wiki = TestWiki::with(FILES);
    let noor = Page::open(&wiki, "/-/form/projecten/dijk");
    let bas = Page::open(&wiki, "/-/form/projecten/dijk").set("name", "Bas");
    noor.set("f.budget", "1").save().status(303);
    let bas = bas.set("f.title", "De nieuwe dijk");
    bas.save().status(303);
    let text = wiki.file("projecten/dijk.md");
    assert!(text.contains("EUR 1.00") && text.contains("De nieuwe dijk"), "{text}");
    bas.set("f.budget", "2").save().status(409).shows("EUR 1.00").shows("EUR 2.00");
}

#[test]
fn a_record_moved_or_deleted_under_an_open_form_is_not_made_anew() {
    // INV-6
    let wiki = TestWiki::with(FILES).ready();
    let form = Page::open(&wiki, "/-/form/kosten/2009/K-2009-050").set("f.title", "Vette klei");
    wiki.post("/-/move/kosten/2009/K-2009-050", &[("to", "oud/klei"), ("name", "Bas")]).status(303);
    wiki.eventually("/kosten/2009/K-2009-050", |answer| answer.status == 301);
    form.save().status(303);
    assert!(wiki.file("oud/klei.md").contains("title: Vette klei\n"));
    let form = Page::open(&wiki, "/-/form/oud/klei").set("f.title", "Natte klei");
    wiki.post("/-/delete/oud/klei", &[("base", &wiki.tip()), ("name", "Bas")]).status(303);
    form.save().status(409).shows("Natte klei");
    let listed = git(&wiki.repo(), &["ls-tree", "-r", "--name-only", "main", "kosten/2009", "oud"]).ok().stdout();
    assert_eq!(listed, "");
}

#[test]
fn nothing_that_was_sent_is_kept_back_in_silence() {
    let nowhere = (".polder/types/nergens.yml", "type: nergens\npath: 'x/{y.z}'\nfields:\n  title: {type: text}\n");
    let wiki = TestWiki::with(&[FILES, &[nowhere]].concat()).ready();
    let tip = wiki.tip();
    // Bytes that are no text, in a field, a name of one, or the whole.
    for path in ["/-/set/projecten/dijk", "/-/form/projecten/dijk", "/-/edit/projecten/dijk", "/-/new/project"] {
        let base = format!("base={tip}&name=Noor");
        for odd in ["field.title=%ff&f.title=%ff&text=%ff", "f.%ff=x&field.%ff=x&%ff=x"] {
            let body = format!("{base}&{odd}");
            let answer = wiki.post_body(path, body.as_bytes());
            answer.status(400).shows("geen leesbare tekst");
        }
    }
    // What no input of the form holds.
    let type_of_dijk = "---\ntype: project\n---\n";
    for (name, said) in [
        ("f.type", "verandert niet met een formulier"),
        ("f.vreemd", "hoort niet bij deze soort pagina"),
        ("f.partners.0.onbekend", "kan in dit formulier niet"),
        ("f.phases.99999999999999999999", "kan in dit formulier niet"),
    ] {
        for act in ["save", "markdown", "preview"] {
            let fields = [(name, "zomaar iets"), ("base", &tip), ("name", "Noor"), ("act", act)];
            let answer = wiki.post("/-/form/projecten/dijk", &fields);
            let status = if act == "preview" { 200 } else { 422 };
            assert!(
                answer.status == status && answer.has(said) && answer.has("zomaar iets"),
                "{name} {act}: {}",
                answer.text()
            );
        }
    }
    let fields =
        [("f.type", "project"), ("base", &*tip), ("name", "Noor"), ("front", type_of_dijk), ("act", "preview")];
    wiki.post("/-/form/projecten/dijk", &fields).ok().lacks("verandert niet met een formulier");
    // A field that is settled.
    let fields = [("f.id", "K-2010-777"), ("f.date", "2010-04"), ("base", &*tip), ("name", "Noor")];
    let answer = wiki.post("/-/form/kosten/2010/K-2010-009", &fields).status(422);
    assert!(answer.has("K-2010-777") && answer.has("value=\"K-2010-009\""), "{}", answer.text());
    // A frontmatter that can't be read, of a page and of a new one.
    for path in ["/-/form/projecten/dijk", "/-/new/project"] {
        let fields = [("front", "---\n[\n---\n"), ("f.title", "Dijk"), ("base", &tip), ("name", "Noor")];
        wiki.post(path, &fields).status(400).shows("niet te lezen");
    }
    // An address that no record gets.
    let nowhere = wiki.post("/-/new/nergens", &[("f.title", "X"), ("base", &tip), ("name", "Noor")]);
    assert!(nowhere.status == 422 && nowhere.has("y: vul dit in; het adres"), "{}", nowhere.text());
    // More fields than one row has.
    let many: Vec<String> = (0..60).map(|n| format!("field.x{n}")).collect();
    let fields: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "x")).collect();
    wiki.post("/-/set/projecten/dijk", &fields).status(400).shows("meer velden");
    assert_eq!(wiki.tip(), tip);
    // Same as it is: that is nothing typed.
    let fields = [("f.id", "K-2010-009"), ("f.date", "2010-04"), ("base", &*tip), ("name", "Noor")];
    wiki.post("/-/form/kosten/2010/K-2010-009", &fields).status(303);
}

#[test]
fn hostile_forms_are_refused_in_words() {
    let wiki = TestWiki::with(FILES);
    let tip = wiki.tip();
    let many: Vec<String> = (0..10_000).map(|n| format!("f.x{n}")).collect();
    let fields: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "x")).collect();
    wiki.post("/-/form/projecten/dijk", &fields).status(400).shows("meer velden");
    let huge = "x".repeat(2_000_000);
    let long = Page::open(&wiki, "/-/form/projecten/dijk").set("f.note", &huge).save();
    assert!(long.status == 422 && long.has("te lang voor een veld"), "{}", long.status);
    let kept = Page::open(&wiki, "/-/form/projecten/dijk").set("f.note", &huge).press("act", "markdown");
    assert!(kept.status == 422 && kept.has(&huge), "{}", kept.status);
    let large = "é".repeat(30_000);
    let form = Page::open(&wiki, "/-/form/projecten/dijk").set("f.phases.0", &large).set("f.partners.0.who", &large);
    let answer = form.save();
    assert!(answer.status == 422 && answer.has("te lang voor een veld"), "{}", answer.status);
    let name = "f.%2e%2e.<script>alert(1)</script>";
    let answer = wiki.post("/-/new/project", &[(name, "x"), ("add", name), ("name", "Noor")]).ok();
    answer.lacks("<script>alert");
    for (front, typed) in [
        ("---\ntype: project\n---\n", "f.phases.99999999999999999999"),
        ("---\ntype: project\n---\n", "f.phases.18446744073709551615"),
        ("---\ntype: nergens\n---\n", "f.title"),
        ("---\n[", "f.period.from.from"),
        ("", "f..."),
    ] {
        let fields = [("front", front), (typed, "x"), ("add", "f.phases"), ("name", "Noor")];
        let status = wiki.post("/-/form/projecten/dijk", &fields).status;
        assert!(matches!(status, 200 | 400), "{front:?} {typed}: {status}");
    }
    let rows: Vec<String> = (0..4_000).map(|n| format!("f.phases.{n}")).collect();
    let mut fields: Vec<(&str, &str)> = rows.iter().map(|name| (name.as_str(), "x")).collect();
    fields.extend([("front", "---\ntype: project\n---\n"), ("name", "Noor"), ("act", "preview")]);
    let status = wiki.post("/-/form/projecten/dijk", &fields).status;
    assert!(matches!(status, 200 | 400 | 422), "{status}");
    assert_eq!(wiki.tip(), tip);
}
