//! Other pages, or pieces of them, within a page: found, of the right moment, within bounds.
//!
//! Each is rendered as a page of its own moment, so that its links, queries and what it shows in turn
//! are of then. What can't be shown says so in its place, and the rest of the page shows.

use jiff::civil::Date;
use maud::Markup;
use polder_core::doc::{Link, Shape};
use polder_core::html;
use polder_core::ids::BlobId;
use polder_core::limits;
use polder_core::links::{self, PageLinks, Resolved, Target};
use polder_core::names::PageIdx;
use polder_core::nested;
use polder_core::path::{FilePath, percent_encode};
use polder_core::piece::{self, Piece};
use polder_core::site::Page;
use polder_wiki::cites::{self, Cited};

use crate::body;
use crate::guard::Ask;
use crate::moment::{self, Moment, What};
use crate::pages::cite::{self, CitedPage};
use crate::pages::query::{self, On};
use crate::pages::screen;
use crate::pages::version::{self as shown, Names};
use crate::views::embed::{EmbedView, embed as embed_view, fault as fault_view};
use crate::views::{self, Html};
use crate::words::Arg;

/// What filling one page may still cost, and where it is.
pub struct Filling {
    pub steps_left: u64,
    pub cells_left: usize,
    n_left: usize,
    bytes_left: usize,
    html_left: usize,
    cite_bytes_left: usize,
    /// Those shown so far.
    n: usize,
    /// What stands around the place that is being filled, the page itself first.
    around: Vec<Frame>,
    /// Pages at versions that were asked for, and the moments that they are.
    moments: Vec<((FilePath, String), Ask)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Frame {
    path: FilePath,
    /// `None` for a text that is no page yet.
    blob: Option<BlobId>,
    piece: Piece,
}

impl Filling {
    /// For the text of a page, or of what would be one.
    pub fn of(on: &On<'_>) -> Filling {
        let blob = own_page(on).map(|page| page.blob);
        Filling {
            steps_left: limits::PAGE_MAX_STEPS,
            cells_left: limits::PAGE_MAX_CELLS,
            n_left: limits::EMBEDS_MAX_IN_ALL,
            bytes_left: limits::EMBEDS_MAX_BYTES,
            html_left: limits::EMBEDS_MAX_HTML_BYTES,
            cite_bytes_left: limits::CITES_MAX_BYTES,
            n: 0,
            around: vec![Frame { path: on.path.clone(), blob, piece: Piece::Whole }],
            moments: Vec::new(),
        }
    }

    /// Whether what is filled now is a piece of another page than the one that is shown.
    pub fn is_in_embed(&self) -> bool {
        self.around.len() > 1
    }
}

/// The page whose text is being filled, where it is the page as it stands.
fn own_page<'a>(on: &On<'a>) -> Option<&'a Page> {
    on.seen.page(on.page?).filter(|page| std::ptr::eq(&*page.doc, on.doc))
}

/// What the links of a text lead to.
pub fn answers<'a>(on: &On<'a>) -> std::borrow::Cow<'a, PageLinks> {
    match on.page.filter(|_| own_page(on).is_some()) {
        Some(page) => std::borrow::Cow::Borrowed(on.seen.links(page)),
        None => std::borrow::Cow::Owned(on.seen.resolve(on.doc, on.path)),
    }
}

/// What the embed that is link number `n` of a text shows.
pub fn one(ask: &Ask, on: &On<'_>, answers: &PageLinks, n: usize, filling: &mut Filling) -> Markup {
    let (Some(link), Some(answer)) = (on.doc.links.get(n), answers.links.get(n)) else { return Markup::default() };
    let wanted = Wanted::of(link, answer);
    match shown(ask, on, &wanted, filling) {
        Ok(shown) => shown,
        Err(fault) => fault_view(&fault.text, fault.source.as_ref()),
    }
}

/// An embed as written.
struct Wanted<'a> {
    to: &'a Target,
    written: &'a str,
    version: Option<&'a str>,
    fragment: Option<&'a str>,
    piece: Piece,
}

impl<'a> Wanted<'a> {
    fn of(link: &'a Link, answer: &'a Resolved) -> Wanted<'a> {
        let written = answer.written(link);
        let fragment = links::parts(written).fragment.filter(|fragment| !fragment.is_empty());
        Wanted { to: &answer.to, written, version: answer.version(link), fragment, piece: Piece::of(fragment) }
    }
}

/// Why nothing is shown.
struct Fault {
    text: String,
    source: Option<views::Link>,
}

/// A page at its moment.
struct Source<'a> {
    ask: std::borrow::Cow<'a, Ask>,
    page: PageIdx,
    cited: Option<(CitedPage, Cited)>,
    /// The version that the page around it is read as of, though nobody asked for it, and from when it is.
    around: Option<(String, Date)>,
    link: views::Link,
}

fn shown(ask: &Ask, on: &On<'_>, wanted: &Wanted<'_>, filling: &mut Filling) -> Result<Markup, Fault> {
    let words = ask.words;
    let source = find(ask, on, wanted, filling)?;
    let fault = |key: &str| Fault { text: words.t(key).to_owned(), source: Some(source.link.clone()) };
    if filling.n_left == 0 {
        return Err(fault("embed-too-many-here"));
    }
    filling.n_left -= 1;
    let inner = &*source.ask;
    let seen = inner.seen();
    let Some(at) = seen.page(source.page) else { return Err(fault("embed-no-page")) };
    let frame = Frame { path: at.path.clone(), blob: Some(at.blob), piece: wanted.piece.clone() };
    if filling.around.contains(&frame) {
        return Err(fault("embed-cycle"));
    }
    if filling.around.len() > limits::EMBEDS_MAX_DEPTH {
        return Err(fault("embed-deep"));
    }
    if at.doc.shape != Shape::Text {
        return Err(fault("embed-no-text"));
    }
    let size = usize::try_from(at.doc.size_bytes).unwrap_or(usize::MAX);
    if size > filling.bytes_left {
        return Err(fault("embed-large"));
    }
    filling.bytes_left -= size;
    let rendered = match body::piece_of(inner, source.page, &wanted.piece) {
        Ok(Some(rendered)) => rendered,
        Ok(None) => {
            let name = wanted.fragment.unwrap_or_default();
            let text = words.f("embed-no-piece", &[("piece", Arg::Text(&name.chars().take(120).collect::<String>()))]);
            return Err(Fault { text, source: Some(source.link) });
        }
        Err(_) => return Err(fault("embed-no-text")),
    };
    if rendered.html.len() > filling.html_left {
        return Err(fault("embed-large"));
    }
    filling.n += 1;
    let prefix = format!("ui.e{}.", filling.n);
    let within = On {
        seen,
        page: Some(source.page),
        doc: &at.doc,
        path: &at.path,
        today: inner.today,
        is_now: false,
        is_alone: false,
    };
    filling.around.push(frame);
    let filled = query::fill(inner, &within, &rendered, filling, &mut |_| None);
    filling.around.pop();
    if filled.len() > filling.html_left {
        return Err(fault("embed-large"));
    }
    filling.html_left -= filled.len();
    let mut home = String::new();
    html::escape(source.link.href.split('#').next().unwrap_or_default(), &mut home);
    let about = source.cited.as_ref();
    let dated = |label: String, date: Date| format!("{label} ({})", words.civil(date));
    let view = EmbedView {
        body: Html(nested::within(&filled, &prefix, &polder_core::address::at(&home).to_string())),
        lang: screen::page_lang(inner, &at.doc).to_owned(),
        source: source.link,
        version: match about {
            Some((page, cited)) => {
                let label = cite::label(ask, page, cited);
                Some(match cite::date(cited) {
                    Some(date) => dated(label, date),
                    None => label,
                })
            }
            None => source.around.map(|(label, date)| dated(label, date)),
        },
        standing: about.and_then(|(page, cited)| cite::standing(ask, page, cited, &wanted.piece)),
    };
    Ok(embed_view(words, &view))
}

/// The page that is wanted, at the moment that is wanted.
fn find<'a>(ask: &'a Ask, on: &On<'_>, wanted: &Wanted<'_>, filling: &mut Filling) -> Result<Source<'a>, Fault> {
    let words = ask.words;
    let plain = |key: &str| Fault { text: words.t(key).to_owned(), source: None };
    let name = links::parts(wanted.written).name;
    if let Some(version) = wanted.version
        && let Some(page) = cite::target(ask, on.path, wanted.to, wanted.written)
    {
        return find_then(ask, page, version, wanted, filling, None);
    }
    let page = match wanted.to {
        Target::Page(page) => *page,
        Target::Own => on.page.ok_or_else(|| plain("embed-after-save"))?,
        Target::Missing(place) if !place.is_empty() => {
            let mut href = String::from("/-/edit/");
            percent_encode(place, &mut href);
            let source = views::Link { title: name.to_owned(), href };
            return Err(Fault { text: words.t("embed-no-page").to_owned(), source: Some(source) });
        }
        Target::Ambiguous(_) => {
            let mut href = String::from("/-/search?q=");
            percent_encode(name, &mut href);
            let source = views::Link { title: name.to_owned(), href };
            return Err(Fault { text: words.t("embed-ambiguous").to_owned(), source: Some(source) });
        }
        _ => return Err(plain("embed-no-page")),
    };
    let at = ask.seen().page(page).ok_or_else(|| plain("embed-no-page"))?;
    // Readers may get a version of this page where they ask for none.
    if let Ok(Some(moment)) = moment::published(ask, at)
        && let What::Version(version) = &moment.what
    {
        let label = version.label().to_owned();
        let page = CitedPage { now: at.path.clone(), here: Some(at.blob) };
        return find_then(ask, page, &label, wanted, filling, Some(moment));
    }
    // The page around it may be read as of a version that its address does not name.
    let around = ask.moment.as_deref().filter(|moment| moment.at.is_empty());
    let href = match around {
        Some(moment) => format!("{}?at={}", at.path.href(), moment.own),
        None => ask.seen().href(&at.path),
    };
    let version = around.and_then(|moment| match &moment.what {
        What::Version(version) => Some((Names { ask, now: &shown::path_now(ask, &at.path) }.of(version), version.date)),
        What::Day(_) | What::Commit => None,
    });
    let link = source_link(at, href, wanted);
    Ok(Source { ask: std::borrow::Cow::Borrowed(ask), page, cited: None, around: version, link })
}

/// A page at a version: one that is asked for, or the one that readers get, at its moment.
fn find_then<'a>(
    ask: &'a Ask,
    page: CitedPage,
    version: &str,
    wanted: &Wanted<'_>,
    filling: &mut Filling,
    published: Option<Moment>,
) -> Result<Source<'a>, Fault> {
    let words = ask.words;
    let href = match published {
        Some(_) => page.now.href(),
        None => format!("{}@{version}", page.now.href()),
    };
    let present = ask.world.site.seen_by(&ask.who);
    let title = present.page_at(&page.now).and_then(|at| present.page(at)).map(|at| at.title().to_owned());
    let title = title.unwrap_or_else(|| page.now.base_name().to_owned());
    let link = views::Link { title, href: href.clone() };
    let no_version = || Fault {
        text: words.f("embed-no-version", &[("version", Arg::Text(version))]),
        source: Some(views::Link { title: link.title.clone(), href: page.now.href() }),
    };
    let Some(cited) = cite::cited(ask, &page, version, &wanted.piece, &mut filling.cite_bytes_left) else {
        return Err(no_version());
    };
    let key = (page.now.clone(), if published.is_some() { String::new() } else { version.to_owned() });
    let inner = match filling.moments.iter().find(|(known, _)| *known == key) {
        Some((_, inner)) => inner.clone(),
        None if filling.moments.len() >= limits::EMBEDS_MAX_MOMENTS => {
            return Err(Fault { text: words.t("embed-too-many-moments").to_owned(), source: Some(link) });
        }
        None => {
            let inner = match published {
                Some(moment) => ask.at_published(moment),
                None => ask.at(moment::of_page(ask, page.now.address(), version).map_err(|_| no_version())?),
            };
            filling.moments.push((key, inner.clone()));
            inner
        }
    };
    let then = cites::path_then(&ask.world, &page.now, cited.commit).ok_or_else(no_version)?;
    let found = inner.seen().page_at(&then).ok_or_else(no_version)?;
    let at = inner.seen().page(found).ok_or_else(no_version)?;
    let link = source_link(at, href, wanted);
    Ok(Source { page: found, cited: Some((page, cited)), around: None, link, ask: std::borrow::Cow::Owned(inner) })
}

/// The way to what is shown: the title of its page, and of its section.
fn source_link(at: &Page, mut href: String, wanted: &Wanted<'_>) -> views::Link {
    let mut title = at.title().to_owned();
    if let Piece::Section(name) = &wanted.piece
        && let Some(slug) = piece::section(&at.doc, name)
        && let Some(heading) = at.doc.headings.iter().find(|heading| heading.slug == slug)
        && heading.text.trim() != title
    {
        title = format!("{title}: {}", heading.text.trim());
    }
    if let Some(fragment) = wanted.fragment {
        html::push_fragment(fragment, &mut href);
    }
    views::Link { title, href }
}
