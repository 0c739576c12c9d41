//! The map of the wiki: by folders or by links, drawn and as a list.

use actix_web::HttpResponse;
use polder_core::limits;
use polder_core::maptree::{self, By, Growth};
use polder_core::mindmap::{self, Cut, Topic, TopicKind, Tree};
use polder_core::path::percent_encode;
use polder_core::site::AtAddress;
use polder_core::svg::{self, SvgWords};

use crate::answer::Answer;
use crate::fail::Fail;
use crate::guard::{Ask, Reader};
use crate::pages::screen::{self, Screen};
use crate::views::Html;
use crate::views::frame::Place;
use crate::views::mindmap::{MapShape, MapTree, MindmapView, OutlineItem, mindmap as mindmap_view};
use crate::words::Arg;

const DEPTH_DEFAULT: usize = 2;
const DEPTH_MAX: usize = 5;

/// `GET /-/mindmap?focus=…&depth=2&tree=folders|links|records&shape=map|outline`.
pub async fn mindmap(reader: Reader) -> HttpResponse {
    reader.run_at(mindmap_screen).await
}

/// What the address asks for.
#[derive(Clone)]
struct Wish {
    focus: String,
    depth: usize,
    by: By,
    outline_only: bool,
}

impl Wish {
    fn read(ask: &Ask) -> Wish {
        let depth = screen::count_param(ask, "depth", DEPTH_MAX);
        Wish {
            focus: screen::param(ask, "focus").unwrap_or_default().trim_matches('/').to_owned(),
            depth: if depth == 0 { DEPTH_DEFAULT } else { depth },
            by: match screen::param(ask, "tree").as_deref() {
                Some("links") => By::Links,
                Some("records") => By::Records,
                _ => By::Folders,
            },
            outline_only: screen::param(ask, "shape").as_deref() == Some("outline"),
        }
    }

    fn href(&self, ask: &Ask) -> String {
        let mut href = String::from("/-/mindmap?");
        if !self.focus.is_empty() {
            href.push_str("focus=");
            percent_encode(&self.focus, &mut href);
            href.push('&');
        }
        href.push_str(match self.by {
            By::Folders => "tree=folders",
            By::Links => "tree=links",
            By::Records => "tree=records",
        });
        href.push_str(&format!("&depth={}", self.depth));
        if self.outline_only {
            href.push_str("&shape=outline");
        }
        ask.seen().stay(href)
    }

    fn at(&self, focus: &str) -> Wish {
        Wish { focus: focus.to_owned(), ..self.clone() }
    }
}

fn mindmap_screen(ask: &Ask) -> Result<Answer, Fail> {
    let wish = Wish::read(ask);
    let seen = ask.seen();
    if !wish.focus.is_empty() && matches!(seen.at(&wish.focus), AtAddress::Nothing | AtAddress::File(..)) {
        return Err(Fail::NotFound);
    }
    let focus_href = |address: &str| wish.at(address).href(ask);
    let growth = Growth {
        root_title: screen::wiki_title(ask),
        depth: wish.depth,
        lang: ask.lang().code(),
        focus_href: &focus_href,
    };
    let grown = maptree::grow(seen, wish.by, &wish.focus, &growth);
    let more = |hidden: usize, parent: &Topic| Topic {
        title: ask.words.f("map-more", &[("count", Arg::Count(hidden as u64))]),
        href: parent.focus_href.clone(),
        focus_href: None,
        kind: TopicKind::More,
        ..Topic::default()
    };
    let max_children = if wish.focus.is_empty() { limits::MAP_MAX_CHILDREN } else { limits::MAP_MAX_FOCUS_CHILDREN };
    let limits = Cut { depth: wish.depth, max_topics: limits::MAP_MAX_TOPICS, max_children };
    let mut tree = mindmap::cut(&grown.tree, limits, &more);
    tree.lead_more_of_root_to(&seen.stay("/-/index?by=folder".to_owned()));
    let drawing = if wish.outline_only {
        String::new()
    } else {
        let placed = mindmap::layout(&tree, &mindmap::pill_size);
        let zoom = |topic: &Topic| ask.words.f("map-zoom", &[("topic", Arg::Text(&topic.title))]);
        let words = SvgWords {
            title: &ask.words.f("map-drawing-title", &[("wiki", Arg::Text(&screen::wiki_title(ask)))]),
            description: ask.words.t("map-drawing-description"),
            zoom: &zoom,
        };
        svg::draw(&placed, &words)
    };
    let title = tree.topics().first().map(|topic| topic.title.clone()).unwrap_or_default();
    let mut crumbs = Vec::new();
    if !wish.focus.is_empty() {
        crumbs.push(crate::views::Link { title: screen::wiki_title(ask), href: wish.at("").href(ask) });
        for crumb in wish.focus.match_indices('/').map(|(end, _)| &wish.focus[..end]) {
            let name = crumb.rsplit('/').next().unwrap_or(crumb).to_owned();
            crumbs.push(crate::views::Link { title: name, href: wish.at(crumb).href(ask) });
        }
    }
    let view = MindmapView {
        action: "/-/mindmap".to_owned(),
        rev: ask.moment.as_ref().map(|moment| moment.rev()),
        shape: if wish.outline_only { MapShape::Outline } else { MapShape::Map },
        map_href: Wish { outline_only: false, ..wish.clone() }.href(ask),
        outline_href: Wish { outline_only: true, ..wish.clone() }.href(ask),
        tree: match wish.by {
            By::Folders => MapTree::Folders,
            By::Links => MapTree::Links,
            By::Records => MapTree::Records,
        },
        has_records: !seen.types().is_empty(),
        focus: wish.focus.clone(),
        focus_title: title,
        crumbs,
        depth: u8::try_from(wish.depth).unwrap_or(u8::MAX),
        depth_max: DEPTH_MAX as u8,
        drawing: Html(drawing),
        shown: tree.topics().iter().filter(|topic| topic.kind != TopicKind::More).count(),
        total: grown.total,
        outline: outline(&tree),
    };
    let frame = Screen { indexed: wish.focus.is_empty(), ..Screen::new(ask.words.t("map-title")).at(Place::Mindmap) };
    let mut answer = screen::screen(ask, frame, mindmap_view(ask.words, &view));
    answer.keep = screen::keep(ask);
    Ok(answer)
}

/// The same tree as nested lists; the root itself is the heading above them.
pub fn outline(tree: &Tree) -> Vec<OutlineItem> {
    // Children stand after their parents: from the back, each takes its finished children.
    let mut items: Vec<Option<OutlineItem>> = tree
        .topics()
        .iter()
        .map(|topic| {
            Some(OutlineItem {
                title: topic.title.clone(),
                href: topic.href.clone(),
                focus_href: topic.focus_href.clone(),
                note: topic.note.clone(),
                children: Vec::new(),
            })
        })
        .collect();
    for at in (0..tree.topics().len()).rev() {
        let children: Vec<OutlineItem> = tree.topics()[at]
            .children
            .iter()
            .filter_map(|child| items.get_mut(*child).and_then(Option::take))
            .collect();
        if let Some(item) = items[at].as_mut() {
            item.children = children;
        }
    }
    items.into_iter().next().flatten().into_iter().collect()
}
