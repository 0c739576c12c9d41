//! Saving, merging, clashing, moving, deleting, putting back.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::wiki::{TestWiki, git};

#[test]
fn a_save_is_a_commit_by_the_person_and_changes_only_its_lines() {
    // INV-11
    let wiki = TestWiki::tiny();
    let before = wiki.file("plan/dijk.md");
    let answer =
        wiki.editor("plan/dijk").replace("Het begin", "Het eerste").name("Noor Fictief").summary("Begin beter").save();
    let answer = answer.status(303).leads_to("/plan/dijk");
    assert!(answer.header("set-cookie").starts_with("polder-name="));
    assert_eq!(wiki.file("plan/dijk.md"), before.replace("Het begin", "Het eerste"));
    let log = git(&wiki.repo(), &["log", "-1", "--format=%an|%cn|%s|%ae"]).ok().stdout();
    assert_eq!(log.trim(), "Noor Fictief|Polder|Begin beter|noor-fictief@wiki.invalid");
    wiki.get("/plan/dijk").ok().shows("Het eerste");
    git(&wiki.repo(), &["fsck", "--strict"]).ok();
}

#[test]
fn crlf_files_keep_their_line_ends() {
    // INV-11
    let wiki = TestWiki::with(&[("x.md", "een\r\ntwee\r\ndrie\r\n")]);
    wiki.editor("x").replace("twee", "2").save().status(303);
    assert_eq!(wiki.file("x.md"), "een\r\n2\r\ndrie\r\n");
}

#[test]
fn a_file_that_mixes_line_ends_keeps_each() {
    // INV-11
    let odd = "---\r\ntype: ding\ntitle: Dijk\r\n---\n\neen\r\ntwee\ndrie\r\n";
    let kind = "type: ding\nfields:\n  title: {type: text}\n";
    let wiki = TestWiki::with(&[("x.md", odd), ("y.md", odd), ("z.md", odd), (".polder/types/ding.yml", kind)]).ready();
    let base = wiki.tip();
    wiki.editor("x").replace("twee", "2").save().status(303);
    assert_eq!(wiki.file("x.md"), odd.replace("twee", "2"));
    let named = [("base", base.as_str()), ("name", "Noor")];
    wiki.post("/-/set/y", &[named[0], named[1], ("field.title", "Duin")]).status(303);
    assert_eq!(wiki.file("y.md"), odd.replace("Dijk", "Duin"));
    wiki.post("/-/form/z", &[named[0], named[1], ("f.title", "Duin")]).status(303);
    assert_eq!(wiki.file("z.md"), odd.replace("Dijk", "Duin"));
    // Two people in one such file.
    wiki.post("/-/set/x", &[named[0], named[1], ("field.title", "Duin")]).status(303);
    assert_eq!(wiki.file("x.md"), odd.replace("twee", "2").replace("Dijk", "Duin"));
}

#[test]
fn saving_without_a_change_makes_no_commit() {
    let wiki = TestWiki::tiny();
    let tip = wiki.tip();
    wiki.editor("plan/dijk").save().status(303);
    assert_eq!(wiki.tip(), tip);
}

#[test]
fn two_people_in_different_paragraphs_both_win() {
    let wiki = TestWiki::tiny();
    let noor = wiki.editor("plan/dijk");
    let bas = wiki.editor("plan/dijk").name("Bas");
    noor.replace("Het begin", "De aanvang").save().status(303);
    bas.replace("Het slot", "Het einde").save().status(303);
    let text = wiki.file("plan/dijk.md");
    assert!(text.contains("De aanvang") && text.contains("Het einde"), "{text}");
}

#[test]
fn two_people_in_the_same_line_are_shown_both_texts_and_nothing_is_lost() {
    let wiki = TestWiki::tiny();
    let noor = wiki.editor("plan/dijk");
    let bas = wiki.editor("plan/dijk").name("Bas");
    noor.replace("In het midden.", "In het hart.").save().status(303);
    let clash = bas.replace("In het midden.", "In het centrum.").save().status(409);
    let clash = clash
        .shows("In het hart.")
        .shows("In het centrum.")
        .shows("In het midden.")
        .shows("&lt;&lt;&lt;&lt;&lt;&lt;&lt;");
    // Marks that are left in are not saved.
    let left = [("text", "<<<<<<< Jouw tekst\nx\n"), ("base", &wiki.tip()), ("name", "Bas"), ("act", "save")];
    wiki.post("/-/edit/plan/dijk", &left).status(422);
    // Finishing by hand: the form on that page has the present commit as its base.
    let base = crate::wiki::between(&clash.text().replace("name=\"base\" value=\"", "\u{1}"), "\u{1}", "\"").to_owned();
    assert_eq!(base, wiki.tip());
    let fields =
        [("text", "---\ntitle: De dijk\n---\nSamen.\n"), ("base", base.as_str()), ("name", "Bas"), ("act", "save")];
    wiki.post("/-/edit/plan/dijk", &fields).status(303);
    assert!(wiki.file("plan/dijk.md").contains("Samen."));
}

#[test]
fn a_push_to_another_paragraph_merges_with_an_open_editor() {
    let wiki = TestWiki::tiny();
    let editor = wiki.editor("plan/dijk");
    wiki.clone_as("noor").replace("plan/dijk.md", "Het slot", "Het einde").commit("x").push().ok();
    editor.replace("Het begin", "De start").save().status(303);
    let text = wiki.file("plan/dijk.md");
    assert!(text.contains("De start") && text.contains("Het einde"), "{text}");
}

#[test]
fn frontmatter_merges_by_key() {
    let wiki = TestWiki::with(&[("x.md", "---\ntitle: X\nstatus: open\nowner: a\n---\ntekst\n")]);
    let noor = wiki.editor("x");
    let bas = wiki.editor("x");
    noor.replace("status: open", "status: dicht").save().status(303);
    bas.replace("owner: a", "owner: b").save().status(303);
    assert_eq!(wiki.file("x.md"), "---\ntitle: X\nstatus: dicht\nowner: b\n---\ntekst\n");
}

#[test]
fn a_new_page_begins_with_the_title_of_the_red_link() {
    let wiki = TestWiki::tiny();
    let form = wiki.get("/-/edit/nieuwe-pagina?title=Nieuwe%20pagina").ok();
    let form = form.shows("title: Nieuwe pagina");
    drop(form);
    wiki.editor("nieuwe-pagina")
        .text("---\ntitle: Nieuwe pagina\n---\nEr is iets.\n")
        .at("nieuwe-pagina")
        .save()
        .status(303);
    wiki.get("/").ok().shows("href=\"/nieuwe-pagina\"");
    // A second person who also makes it is told, and loses nothing.
    let fields =
        [("text", "Iets anders.\n"), ("base", ""), ("name", "Bas"), ("path", "nieuwe-pagina"), ("act", "save")];
    wiki.post("/-/edit/nieuwe-pagina", &fields).status(409).shows("Iets anders.").shows("Er is iets.");
}

#[test]
fn a_preview_saves_nothing_and_keeps_the_text() {
    let wiki = TestWiki::tiny();
    let tip = wiki.tip();
    let preview = wiki.editor("plan/dijk").text("## Proef\n\n**vet** & <b>x</b>\n").preview().ok();
    preview.shows("<strong>vet</strong>").shows("**vet** &amp; &lt;b&gt;x&lt;/b&gt;");
    assert_eq!(wiki.tip(), tip);
}

#[test]
fn a_save_without_a_name_or_with_unreadable_frontmatter_is_explained_and_keeps_the_text() {
    let wiki = TestWiki::tiny();
    let tip = wiki.tip();
    wiki.editor("plan/dijk").replace("begin", "xyzzy").name(" ").save().status(422).shows("ui.name").shows("xyzzy");
    let bad = wiki.editor("plan/dijk").text("---\ntitle: a\ntitle: b\n---\nxyzzy\n").save().status(422);
    bad.shows("xyzzy").shows("title").shows("regel");
    assert_eq!(wiki.tip(), tip);
}

#[test]
fn only_new_problems_block() {
    let wiki = TestWiki::with(&[("x.md", "---\na: 1\na: 2\n---\ntekst\n")]);
    wiki.editor("x").replace("tekst", "meer tekst").save().status(303);
    wiki.editor("x").replace("a: 2", "a: 2\nb: 1\nb: 2").save().status(422);
}

#[test]
fn a_move_rewrites_links_in_one_commit_and_the_old_address_leads_on() {
    let wiki = TestWiki::with(&[
        ("a/bron.md", "---\ntitle: Bron\n---\n## Kop\n\nZie [[../b/ander|x]] en [plaat](plaat.png).\n"),
        ("a/plaat.png", "x"),
        ("b/ander.md", "[[a/bron|de bron]] [bron](../a/bron.md#kop) [[Bron]]\n"),
        ("c.md", "---\nplan: a/bron\nsuperseded_by: \"a/bron\" # opvolger\n---\n| t |\n|---|\n| [[a/bron\\|x]] |\n"),
        ("d.md", "niets\n"),
    ])
    .ready();
    let tip = wiki.tip();
    wiki.get("/-/move/a/bron").ok().in_main().shows("href=\"/b/ander\"").shows("href=\"/c\"").lacks("href=\"/d\"");
    wiki.post("/-/move/a/bron", &[("to", "z/y/nieuw"), ("name", "Noor"), ("base", &tip)])
        .status(303)
        .leads_to("/z/y/nieuw");
    let count = git(&wiki.repo(), &["rev-list", "--count", &format!("{tip}..main")]).ok().stdout();
    assert_eq!(count.trim(), "1");
    assert_eq!(wiki.file("b/ander.md"), "[[z/y/nieuw|de bron]] [bron](../z/y/nieuw.md#kop) [[Bron]]\n");
    assert_eq!(
        wiki.file("c.md"),
        "---\nplan: z/y/nieuw\nsuperseded_by: \"z/y/nieuw\" # opvolger\n---\n| t |\n|---|\n| [[z/y/nieuw\\|x]] |\n"
    );
    assert_eq!(
        wiki.file("z/y/nieuw.md"),
        "---\ntitle: Bron\n---\n## Kop\n\nZie [[b/ander|x]] en [plaat](../../a/plaat.png).\n"
    );
    wiki.get("/a/bron").status(301).leads_to("/z/y/nieuw");
    wiki.get("/-/history/z/y/nieuw").ok().shows("a/bron").shows("Begin");
    wiki.get("/-/problems").ok().lacks("b/ander");
}

#[test]
fn a_move_onto_another_page_is_refused() {
    let wiki = TestWiki::tiny();
    let tip = wiki.tip();
    for to in ["plan/sluis", "plan/SLUIS", "plan/dijk", "../x", "a/.git/b", "", "con"] {
        wiki.post("/-/move/plan/dijk", &[("to", to), ("name", "Noor")]).status(422).shows("ui.to");
    }
    assert_eq!(wiki.tip(), tip);
}

#[test]
fn a_page_edited_under_a_move_is_saved_where_it_is_now() {
    // INV-6
    let wiki = TestWiki::tiny().ready();
    let editor = wiki.editor("plan/dijk");
    wiki.post("/-/move/plan/dijk", &[("to", "water/dijk"), ("name", "Bas")]).status(303);
    editor.replace("Het begin", "De start").save();
    assert!(wiki.file("water/dijk.md").contains("De start"));
}

#[test]
fn deleting_lists_what_links_here_and_can_be_undone() {
    let wiki = TestWiki::tiny().ready();
    wiki.get("/-/delete/plan/dijk").ok().shows("href=\"/plan/sluis\"").shows("href=\"/\"");
    let before = wiki.tip();
    wiki.post("/-/delete/plan/dijk", &[("name", "Bas"), ("base", &before)]).status(303);
    wiki.get("/plan/dijk").status(404).shows("Bas").shows("/-/history/plan/dijk");
    wiki.post("/-/revert/plan/dijk", &[("to", &before), ("name", "Noor")]).status(303);
    wiki.get("/plan/dijk").ok().shows("Het begin");
}

#[test]
fn deleting_what_somebody_just_changed_asks_again() {
    let wiki = TestWiki::tiny();
    let before = wiki.tip();
    wiki.editor("plan/dijk").replace("begin", "nieuws").save().status(303);
    wiki.post("/-/delete/plan/dijk", &[("name", "Bas"), ("base", &before)]).status(409);
    wiki.get("/plan/dijk").ok().shows("nieuws");
}

#[test]
fn reverting_an_old_change_leaves_later_ones() {
    let wiki = TestWiki::tiny().ready();
    let first = wiki.tip();
    wiki.editor("plan/dijk").replace("Het begin", "Fout begin").save().status(303);
    let wrong = wiki.tip();
    wiki.editor("plan/dijk").replace("Het slot", "Goed slot").save().status(303);
    wiki.post("/-/revert/plan/dijk", &[("to", &first), ("from", &wrong), ("name", "Noor")]).status(303);
    let text = wiki.file("plan/dijk.md");
    assert!(text.contains("Het begin") && text.contains("Goed slot"), "{text}");
}

#[test]
fn editing_is_open_on_loopback_only_and_not_to_other_sites() {
    let wiki = TestWiki::tiny();
    let own = format!("http://{}", wiki.address);
    let body = b"text=x&name=n&act=save";
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let tip = wiki.tip();
    let try_with = |headers: &[(&str, &str)]| {
        let mut all = vec![form];
        all.extend_from_slice(headers);
        wiki.ask("POST", "/-/edit/plan/dijk", &all, body).status(403)
    };
    try_with(&[]);
    try_with(&[("Origin", "null")]);
    try_with(&[("Origin", "http://evil.example")]);
    try_with(&[("Origin", "http://evil.example"), ("Host", "evil.example")]);
    try_with(&[("Origin", &own), ("X-Forwarded-For", "1.2.3.4")]);
    try_with(&[("Origin", &own), ("Forwarded", "for=1.2.3.4")]);
    wiki.ask("GET", "/-/edit/plan/dijk", &[("Host", "wiki.example")], b"").status(403);
    wiki.ask("GET", "/plan/dijk", &[("Host", "wiki.example")], b"").ok().lacks("/-/edit/").lacks("git clone");
    wiki.ask("GET", "/wiki.git/info/refs?service=git-upload-pack", &[("Host", "wiki.example")], b"").status(403);
    assert_eq!(wiki.tip(), tip);
}

#[test]
fn eight_editors_on_different_pages_lose_nothing() {
    let files: Vec<(String, String)> = (0..8).map(|n| (format!("p{n}.md"), "begin\n".to_owned())).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let wiki = TestWiki::with(&files);
    std::thread::scope(|scope| {
        for n in 0..8 {
            let wiki = &wiki;
            scope.spawn(move || {
                for round in 0..4 {
                    let editor = wiki.editor(&format!("p{n}"));
                    let text = format!("{}regel {n}-{round}\n", editor.text);
                    editor.text(&text).save().status(303);
                }
            });
        }
    });
    for n in 0..8 {
        let text = wiki.file(&format!("p{n}.md"));
        assert_eq!(text.lines().count(), 5, "{text}");
    }
    git(&wiki.repo(), &["fsck", "--strict"]).ok();
}

#[test]
fn an_acknowledged_save_survives_a_kill() {
    // INV-5 (what a kill can show of it; the order of syncs is tested in the store).
    let wiki = TestWiki::tiny();
    wiki.editor("plan/dijk").replace("begin", "onvergetelijk").save().status(303);
    wiki.kill();
    assert!(wiki.file("plan/dijk.md").contains("onvergetelijk"));
    git(&wiki.repo(), &["fsck", "--strict"]).ok();
    let repo = wiki.repo().display().to_string();
    let wiki = wiki.restarted(&["--repo", &repo]);
    wiki.get("/plan/dijk").ok().shows("onvergetelijk");
}

/// One save by a form; `None` when the server died before it answered.
fn save_or_die(address: &str, page: &str, text: &str, base: &str) -> Option<(String, String)> {
    let escaped: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let body = format!("text={escaped}&summary=x&base={base}&name=Noor&act=save");
    let head = format!(
        "POST /-/edit/{page} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()?;
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    let (head, _) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.to_owned();
    let commit =
        head.lines().find_map(|line| Some(line.to_ascii_lowercase().strip_prefix("polder-commit:")?.trim().to_owned()));
    Some((status, commit.unwrap_or_default()))
}

#[test]
fn what_eight_writers_were_told_is_saved_survives_kills_in_the_middle() {
    // INV-5, INV-10
    let files: Vec<(String, String)> = (0..8).map(|n| (format!("p{n}.md"), "begin\n".to_owned())).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let mut wiki = TestWiki::with(&files);
    let repo = wiki.repo().display().to_string();
    // Killed when so many saves were acknowledged, and a little later, so that it meets the next ones anywhere.
    for (round, (n_told, pause_ms)) in [(1, 0), (6, 3), (12, 7), (9, 11), (17, 1)].into_iter().enumerate() {
        let before = wiki.tip();
        let told = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let (wiki, told, before) = (&wiki, &told, &before);
                scope.spawn(move || {
                    let (page, mut base) = (format!("p{writer}"), before.clone());
                    let mut text = wiki.file(&format!("{page}.md"));
                    for n in 0.. {
                        let mark = format!("regel {round}-{writer}-{n}");
                        text.push_str(&format!("{mark}\n"));
                        let Some((status, commit)) = save_or_die(&wiki.address, &page, &text, &base) else { return };
                        assert_eq!(status, "303", "{page} {mark}");
                        told.lock().expect("not poisoned").push((page.clone(), mark, commit.clone()));
                        base = commit;
                    }
                });
            }
            let until = Instant::now() + Duration::from_secs(60);
            while told.lock().expect("not poisoned").len() < n_told && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(Duration::from_millis(pause_ms));
            wiki.kill();
        });
        let after = wiki.tip();
        git(&wiki.repo(), &["fsck", "--strict", "--no-dangling"]).ok();
        git(&wiki.repo(), &["merge-base", "--is-ancestor", &before, &after]).ok();
        let all = git(&wiki.repo(), &["rev-list", &after]).ok().stdout();
        let told = told.into_inner().expect("not poisoned");
        for (page, mark, commit) in &told {
            assert!(all.contains(commit.as_str()), "{mark}: {commit} is not in the history");
            assert!(wiki.file(&format!("{page}.md")).lines().any(|line| line == mark), "{mark} is lost");
        }
        assert!(told.len() >= n_told, "only {} saves were acknowledged", told.len());
        wiki = wiki.restarted(&["--repo", &repo]);
        assert_eq!(wiki.tip(), after, "a start changes nothing");
    }
    wiki.editor("p0").replace("begin", "slot").save().status(303);
}

#[test]
fn making_a_page_never_overwrites_another() {
    let wiki = TestWiki::tiny();
    let before = wiki.file("FrontPage.md");
    let editor = wiki.editor("nieuw").text("iets heel anders\n").at("FrontPage");
    editor.save().status(422).shows("ui.path").shows("iets heel anders");
    assert_eq!(wiki.file("FrontPage.md"), before);
}

#[test]
fn a_form_without_a_text_that_can_be_read_saves_nothing() {
    let wiki = TestWiki::tiny();
    let tip = wiki.tip();
    wiki.post("/-/edit/plan/dijk", &[("name", "Bas"), ("base", &tip), ("act", "save")]).status(400);
    let origin = format!("http://{}", wiki.address);
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let body = format!("name=Bas&base={tip}&act=save&text=%FF");
    wiki.ask("POST", "/-/edit/plan/dijk", &[("Origin", &origin), form], body.as_bytes()).status(400);
    assert_eq!(wiki.tip(), tip);
}

#[test]
fn saves_and_moves_of_one_page_at_once_lose_no_line() {
    // INV-6
    let wiki = TestWiki::with(&[("x.md", "begin\n"), ("z.md", "[[x]]\n")]).ready();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..6 {
                let to = if n % 2 == 0 { ("x", "y") } else { ("y", "x") };
                wiki.post(&format!("/-/move/{}", to.0), &[("to", to.1), ("name", "Bas")]);
            }
        });
        for n in 0..8 {
            // Wherever the page is by now; a form that comes too late is answered with its text.
            let page = if wiki.get("/x").status == 200 { "x" } else { "y" };
            let editor = wiki.editor(page);
            if editor.text.is_empty() || editor.text.starts_with("---") {
                continue;
            }
            let text = format!("{}regel {n}\n", editor.text);
            let answer = editor.text(&text).save();
            assert!(answer.status == 303 || answer.has(&format!("regel {n}")), "{}", answer.text());
            if answer.status == 303 {
                let all = crate::wiki::git(&wiki.repo(), &["grep", "-h", &format!("regel {n}"), "main"]).stdout();
                assert!(all.contains(&format!("regel {n}")), "regel {n} is lost");
            }
        }
    });
    let end = format!(
        "{}{}",
        crate::wiki::git(&wiki.repo(), &["show", "main:x.md"]).stdout(),
        crate::wiki::git(&wiki.repo(), &["show", "main:y.md"]).stdout()
    );
    assert!(end.contains("begin"), "{end}");
}

#[test]
fn a_change_of_the_link_order_is_seen_in_every_page() {
    // INV-2
    let wiki = TestWiki::with(&[
        ("a.md", "[[b|c]]\n"),
        ("b.md", "b\n"),
        ("c.md", "c\n"),
        (".polder/config.yml", "links: {order: target-first}\n"),
    ])
    .ready();
    wiki.get("/a").ok().in_main().shows("href=\"/b\"");
    crate::wiki::commit_files(&wiki.repo(), &[(".polder/config.yml", "links: {order: text-first}\n")], "Volgorde");
    wiki.eventually("/a", |answer| answer.main().contains("href=\"/c\""));
}

#[test]
fn a_file_without_a_last_line_end_keeps_it_so() {
    // INV-11. `commit_files` ends each file with a line end of its own; this one is made by a push.
    let wiki = TestWiki::tiny();
    wiki.clone_as("noor").write("open.md", "een\ntwee").commit("Open").push().ok();
    let tip = wiki.tip();
    wiki.editor("open").save().status(303);
    assert_eq!(wiki.tip(), tip, "saving it as it is changes nothing");
    wiki.editor("open").replace("een", "1").save().status(303);
    assert_eq!(wiki.file("open.md"), "1\ntwee");
}
