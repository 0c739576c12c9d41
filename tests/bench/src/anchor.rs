//! What Polder is measured against over HTTP: actix with nothing around it. It serves fixed bytes,
//! renders Markdown by comrak at every request, and searches by tantivy.
//!
//! It does the least that can be called the same work, on the thread that took the request.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use actix_web::web::{Bytes, Data, Query as Params};
use actix_web::{App, HttpResponse, HttpServer, web};
use polder_core::path::Kind;
use polder_store::Store;
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{PhrasePrefixQuery, Query, QueryParser};
use tantivy::schema::{Field, STORED, STRING, Schema, TEXT, Value as _};
use tantivy::snippet::SnippetGenerator;
use tantivy::{Index, IndexReader, TantivyDocument, Term};

/// Of a longer body only so much is searched for a passage: one very long page would else take
/// most of the time of a query.
const PASSAGE_FROM_BYTES: usize = 20 * 1024;
const HITS: usize = 10;
const INDEX_MEMORY_BYTES: usize = 100_000_000;

struct Anchor {
    fixed: Bytes,
    /// Bodies in the order of the list of pages.
    texts: Vec<String>,
    warm: String,
    options: comrak::Options<'static>,
    reader: IndexReader,
    parser: QueryParser,
    title: Field,
    path: Field,
    body: Field,
}

/// Serves until it is killed. `fixed` is a file with the bytes of a page.
pub fn serve(git_dir: &Path, fixed: &Path, folder: &Path) -> io::Result<()> {
    let anchor = Data::new(open(git_dir, fixed, folder)?);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(anchor.clone())
            .route("/fixed", web::get().to(fixed_page))
            .route("/comrak", web::get().to(warm_page))
            .route("/comrak/{n}", web::get().to(rendered_page))
            .route("/search", web::get().to(search))
    })
    .workers(std::thread::available_parallelism().map_or(2, usize::from))
    .bind(("127.0.0.1", 0))?;
    println!("http://{}/", server.addrs()[0]);
    actix_web::rt::System::new().block_on(server.run())
}

fn open(git_dir: &Path, fixed: &Path, folder: &Path) -> io::Result<Anchor> {
    let pages = fs::read_to_string(git_dir.join("bench-pages"))?;
    let store = ready_store(git_dir, folder)?;
    let failed = |error: &dyn std::fmt::Debug| io::Error::other(format!("{error:?}"));
    let tip = store.main_tip().map_err(|error| failed(&error))?.ok_or_else(|| io::Error::other("no commits"))?;
    let manifest = store.manifest(tip).map_err(|error| failed(&error))?;
    let read = |path: &str| -> io::Result<String> {
        let blob = manifest.get(path).ok_or_else(|| io::Error::other(format!("no {path}")))?;
        let bytes = store.read(blob).map_err(|error| failed(&error))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let texts = pages.lines().map(|page| Ok(body_of(&read(&format!("{page}.md"))?))).collect::<io::Result<_>>()?;
    let warm = body_of(&read(&format!("{}.md", crate::make::WARM))?);
    let mut schema = Schema::builder();
    let path = schema.add_text_field("path", STRING | STORED);
    let title = schema.add_text_field("title", TEXT | STORED);
    let body = schema.add_text_field("body", TEXT | STORED);
    let schema = schema.build();
    let place = folder.join(format!("anchor-{tip}"));
    let index = match Index::open_in_dir(&place) {
        Ok(index) => index,
        Err(_) => {
            fs::create_dir_all(&place)?;
            let index = Index::create_in_dir(&place, schema).map_err(io::Error::other)?;
            let mut writer = index.writer(INDEX_MEMORY_BYTES).map_err(io::Error::other)?;
            for entry in manifest.entries().iter().filter(|entry| entry.path.kind() == Kind::Page) {
                let text = read(entry.path.as_str())?;
                let mut document = TantivyDocument::default();
                document.add_text(path, entry.path.as_str());
                document.add_text(title, title_of(&text));
                document.add_text(body, body_of(&text));
                writer.add_document(document).map_err(io::Error::other)?;
            }
            writer.commit().map_err(io::Error::other)?;
            writer.wait_merging_threads().map_err(io::Error::other)?;
            index
        }
    };
    let reader = index.reader().map_err(io::Error::other)?;
    let mut parser = QueryParser::for_index(&index, vec![title, body]);
    parser.set_conjunction_by_default();
    let mut options = comrak::Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.alerts = true;
    options.extension.wikilinks_title_after_pipe = true;
    options.extension.header_id_prefix = Some(String::new());
    Ok(Anchor { fixed: fs::read(fixed)?.into(), texts, warm, options, reader, parser, title, path, body })
}

/// A store on a repository, with libgit2 set up to be durable.
pub fn ready_store(git_dir: &Path, folder: &Path) -> io::Result<Store> {
    let setup: PathBuf = folder.join("git-setup");
    polder_store::prepare(&setup).map_err(|error| io::Error::other(format!("{error:?}")))?;
    Store::open(git_dir).map_err(|error| io::Error::other(format!("{error:?}")))
}

/// The text after the frontmatter.
fn body_of(text: &str) -> String {
    let body = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).map_or(text, |(_, body)| body);
    body.to_owned()
}

fn title_of(text: &str) -> &str {
    text.lines().find_map(|line| line.strip_prefix("title: ")).unwrap_or_default()
}

fn html(body: impl Into<Bytes>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body.into())
}

async fn fixed_page(anchor: Data<Anchor>) -> HttpResponse {
    html(anchor.fixed.clone())
}

async fn warm_page(anchor: Data<Anchor>) -> HttpResponse {
    html(comrak::markdown_to_html(&anchor.warm, &anchor.options))
}

async fn rendered_page(anchor: Data<Anchor>, n: web::Path<usize>) -> HttpResponse {
    match anchor.texts.get(n.into_inner()) {
        Some(text) => html(comrak::markdown_to_html(text, &anchor.options)),
        None => HttpResponse::NotFound().finish(),
    }
}

async fn search(anchor: Data<Anchor>, params: Params<Vec<(String, String)>>) -> HttpResponse {
    let param = |name: &str| params.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    match found(&anchor, param("q"), param("kind") == "prefix") {
        Ok(page) => html(page),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

fn found(anchor: &Anchor, query: &str, is_prefix: bool) -> tantivy::Result<String> {
    let query: Box<dyn Query> = if is_prefix {
        Box::new(PhrasePrefixQuery::new(vec![Term::from_field_text(anchor.body, query)]))
    } else {
        anchor.parser.parse_query(query)?
    };
    let searcher = anchor.reader.searcher();
    let (count, hits) = searcher.search(&query, &(Count, TopDocs::with_limit(HITS).order_by_score()))?;
    let snippets = SnippetGenerator::create(&searcher, &*query, anchor.body)?;
    let mut page = format!("<p>{count}</p>\n");
    for (_, at) in hits {
        let document: TantivyDocument = searcher.doc(at)?;
        let text = |field| document.get_first(field).and_then(|value| value.as_str()).unwrap_or_default();
        let body = text(anchor.body);
        let mut end = body.len().min(PASSAGE_FROM_BYTES);
        while !body.is_char_boundary(end) {
            end -= 1;
        }
        let passage = snippets.snippet(&body[..end]).to_html();
        page.push_str(&format!(
            "<h2><a href=\"/{}\">{}</a></h2><p>{passage}</p>\n",
            text(anchor.path),
            text(anchor.title)
        ));
    }
    Ok(page)
}
