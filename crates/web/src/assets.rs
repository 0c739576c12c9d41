//! The theme's files, embedded, under names that change with their content.
//!
//! A name carries a hash, so that browsers may keep a file for ever and still see the next one at
//! once. Only one theme is built in; nothing is read from disk.

/// Style sheets in the order they are joined: roles first, since all others use them.
const STYLES: [&[u8]; 9] = [
    include_bytes!("../../../themes/polder/tokens.css"),
    include_bytes!("../../../themes/polder/polder.css"),
    include_bytes!("../../../themes/polder/query.css"),
    include_bytes!("../../../themes/polder/version.css"),
    include_bytes!("../../../themes/polder/cite.css"),
    include_bytes!("../../../themes/polder/compare.css"),
    include_bytes!("../../../themes/polder/blame.css"),
    include_bytes!("../../../themes/polder/people.css"),
    include_bytes!("../../../themes/polder/code.css"),
];
const SCRIPT: &[u8] = include_bytes!("../../../themes/polder/polder.js");
const ICON: &[u8] = include_bytes!("../../../themes/polder/icon.svg");

/// Every embedded file and the addresses that pages use.
#[derive(Clone, Debug)]
pub struct Assets {
    pub css_href: String,
    pub js_href: String,
    pub icon_href: String,
    /// Stands for these files and the program's version, in the tags of answers that name them.
    pub mark: String,
    files: Vec<File>,
}

#[derive(Clone, Debug)]
struct File {
    name: String,
    mime: &'static str,
    bytes: Vec<u8>,
}

impl Assets {
    /// `base` goes before every address: empty, or `/name` for a second wiki.
    pub fn new(base: &str) -> Assets {
        let css = file("polder", "css", "text/css; charset=utf-8", STYLES.concat());
        let js = file("polder", "js", "text/javascript; charset=utf-8", SCRIPT.to_vec());
        let icon = file("icon", "svg", "image/svg+xml", ICON.to_vec());
        let href = |file: &File| format!("{base}/-/assets/{}", file.name);
        let all = format!("{} {} {} {}", env!("CARGO_PKG_VERSION"), css.name, js.name, icon.name);
        let mark = format!("{:08x}", fnv(all.as_bytes()) >> 32);
        Assets { css_href: href(&css), js_href: href(&js), icon_href: href(&icon), mark, files: vec![css, js, icon] }
    }

    /// Media type and bytes of the file called so, e.g. `polder.0123456789abcdef.css`.
    pub fn get(&self, name: &str) -> Option<(&'static str, &[u8])> {
        self.files.iter().find(|file| file.name == name).map(|file| (file.mime, file.bytes.as_slice()))
    }

    /// Media type and bytes of the icon, for `/favicon.ico`.
    pub fn icon(&self) -> (&'static str, &'static [u8]) {
        ("image/svg+xml", ICON)
    }
}

fn file(stem: &str, extension: &str, mime: &'static str, bytes: Vec<u8>) -> File {
    File { name: format!("{stem}.{:016x}.{extension}", fnv(&bytes)), mime, bytes }
}

/// FNV-1a, 64 bits: the same on every machine, and nobody gains by making two themes collide.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
