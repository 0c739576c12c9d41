//! What raw HTML and what this program wrote may hold, at last.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use crate::links;

/// Ids of the program's own furniture contain a dot after `ui`; headings can't produce one, and
/// raw HTML may not.
const CHROME_PREFIX: &str = "ui.";

/// Classes that content may carry: those that this file makes.
fn content_class(class: &str) -> bool {
    class.starts_with("hl-")
        || class.starts_with("language-")
        || class.starts_with("markdown-alert")
        || class.starts_with("footnote")
        || matches!(
            class,
            "anchor"
                | "table-scroll"
                | "wikilink"
                | "missing"
                | "ambiguous"
                | "external"
                | "plain"
                | "left"
                | "center"
                | "right"
                | "contains-task-list"
                | "task-list-item"
                | "shown-above"
                | "unseen"
                | "cited"
                | "spot"
                | "embed-heading"
        )
}

pub(super) fn sanitise(html: &str) -> String {
    static POLICY: OnceLock<ammonia::Builder<'static>> = OnceLock::new();
    POLICY.get_or_init(policy).clean(html).to_string()
}

fn policy() -> ammonia::Builder<'static> {
    let mut policy = ammonia::Builder::default();
    policy
        .add_tags(["section", "input", "details", "summary", "figure", "figcaption", "mark", "u"])
        .rm_tags(["map", "area"])
        .generic_attributes(HashSet::from(["class", "id", "title", "lang", "dir", "role", "aria-label", "aria-hidden"]))
        .add_tag_attributes("input", ["type", "checked", "disabled"])
        .add_tag_attributes("div", ["tabindex"])
        .add_tag_attributes("pre", ["tabindex"])
        .add_tag_attributes("a", ["rel", "tabindex"])
        .add_tag_attributes("img", ["loading"])
        .add_tag_attributes("details", ["open"])
        .add_tag_attributes("section", ["data-footnotes"])
        .add_tag_attributes("a", ["data-footnote-ref", "data-footnote-backref", "data-footnote-backref-idx"])
        .add_generic_attributes(["hidden"])
        .set_tag_attribute_values(HashMap::from([("input", HashMap::from([("type", "checkbox"), ("disabled", "")]))]))
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .link_rel(None)
        .attribute_filter(|_, attribute, value| match attribute {
            "class" => {
                let kept: Vec<&str> = value.split_whitespace().filter(|class| content_class(class)).collect();
                (!kept.is_empty()).then(|| Cow::Owned(kept.join(" ")))
            }
            "id" if value.starts_with(CHROME_PREFIX) => None,
            "role" if value != "group" => None,
            "tabindex" if value != "0" && value != "-1" => None,
            "href" | "src" | "cite" if !links::safe_url(value) => None,
            _ => Some(Cow::Borrowed(value)),
        });
    policy
}
