//! Every maximum of the wiki's values, named, with its reason.
//!
//! Limits of the network (request sizes, times) stand in `web`; limits of git processes in `store`.

/// Frontmatter larger than this is treated as body text. Largest seen in real wikis: 3 KB.
pub const FRONT_MAX_BYTES: usize = 64 * 1024;

/// Deeper YAML than this is refused: no real frontmatter is more than four deep.
pub const FRONT_MAX_DEPTH: usize = 20;

/// More YAML events than this are refused, which bounds the time of the reader.
pub const FRONT_MAX_EVENTS: usize = 5_000;

/// A page larger than this is shown as raw text only and can't be saved: rendering must end soon.
pub const PAGE_MAX_BYTES: usize = 12 * 1024 * 1024;

/// A page larger than this is shown as plain text: Markdown of this size takes seconds to render.
pub const RENDER_MAX_BYTES: usize = 4 * 1024 * 1024;

/// Rendered HTML may be this many times the source (plus 64 KiB), so that nothing multiplies.
pub const RENDER_MAX_GROWTH: usize = 8;

/// Blocks nested deeper than this (quotes in lists in quotes …) make a page plain text.
pub const NESTING_MAX: usize = 100;

/// Quotes within quotes at the beginning of one line: more costs the Markdown parser time by the
/// square, and `NESTING_MAX` would refuse it afterwards anyway.
pub const QUOTES_MAX: usize = NESTING_MAX;

/// Inline notes (`^[`) of one page; the Markdown parser's time grows by the square of those left
/// open. 4,000 take 20 ms.
pub const INLINE_NOTES_MAX: usize = 4_000;

/// Raw HTML elements open at once times tags of the page: the steps of an HTML parser. As many as
/// this take about a second; a page with 20 open elements may have 25 million tags.
pub const RAW_HTML_MAX_STEPS: usize = 500_000_000;

/// Formatting elements open at once times tags of the page: the elements that an HTML parser may
/// make. As many as this take about a gigabyte for a moment.
pub const RAW_HTML_MAX_COPIES: usize = 5_000_000;

/// Attributes of one raw HTML tag; more make it an odd one.
pub const RAW_HTML_MAX_ATTRIBUTES: usize = 100;

/// Pages with raw HTML that is no well-formed tag are sanitised up to this size: attributes of a
/// tag that never ends cost time by the square.
pub const RAW_HTML_ODD_MAX_BYTES: usize = 128 * 1024;

/// An attachment larger than this is refused on push.
pub const FILE_MAX_BYTES: usize = 32 * 1024 * 1024;

/// Longest path in bytes: common file systems allow 1,024 to 4,096.
pub const PATH_MAX_BYTES: usize = 1_000;

/// Deepest path in segments; keeps walks and breadcrumbs short.
pub const PATH_MAX_SEGMENTS: usize = 40;

/// Longest path segment in bytes, so that `.md` still fits in the 255 of file systems.
pub const SEGMENT_MAX_BYTES: usize = 250;

/// Links, headings and tags kept of one page; more is counted as one problem.
pub const DOC_MAX_LINKS: usize = 20_000;
pub const DOC_MAX_HEADINGS: usize = 5_000;
pub const DOC_MAX_TAGS: usize = 200;

/// Blocks of one page that links can name (`^id`), and the longest such id.
pub const DOC_MAX_SPOTS: usize = 5_000;
pub const BLOCK_ID_MAX_CHARS: usize = 64;

/// Links of one page of which it is told whether what they cite has changed since; others are links
/// all the same. A plan cites some tens.
pub const CITES_MAX: usize = 500;

/// Text of pages that is compared for such links, for one answer: a fifth of a second of parsing.
/// What is cited in more than this is not compared.
pub const CITES_MAX_BYTES: usize = 4 * 1024 * 1024;

/// Parts of other pages that one page shows, those within such parts not counted.
pub const EMBEDS_MAX: usize = 50;

/// The same for one answer, those within them counted, so that nothing multiplies.
pub const EMBEDS_MAX_IN_ALL: usize = 100;

/// How deep they may stand within each other.
pub const EMBEDS_MAX_DEPTH: usize = 3;

/// Source text of the pages that they are taken from, of one answer: a tenth of a second of parsing.
pub const EMBEDS_MAX_BYTES: usize = 2 * 1024 * 1024;

/// HTML that they come to, of one answer.
pub const EMBEDS_MAX_HTML_BYTES: usize = 4 * 1024 * 1024;

/// Moments of the wiki that they are taken from, of one answer: fewer than whole sites are kept, so
/// that one page can't drive them all out.
pub const EMBEDS_MAX_MOMENTS: usize = 6;

/// Names (aliases) that one page may claim.
pub const DOC_MAX_ALIASES: usize = 50;

/// Problems kept of one file; the rest is not told apart.
pub const DOC_MAX_PROBLEMS: usize = 200;

/// Code blocks larger than this together per page are shown without colours: highlighting costs
/// some hundred times what Markdown does.
pub const HIGHLIGHT_MAX_BYTES: usize = 50 * 1024;

/// Above this many lines or bytes a difference is told by cutting off what is equal at both ends.
pub const DIFF_MAX_LINES: usize = 20_000;
pub const DIFF_MAX_BYTES: usize = 4 * 1024 * 1024;

/// Longer lines than this get no word marks.
pub const DIFF_WORDS_MAX_BYTES: usize = 4 * 1024;

/// Longest summary of an edit, in characters; the rest is cut.
pub const SUMMARY_MAX_CHARS: usize = 500;

/// Longest name under which somebody edits, in characters.
pub const NAME_MAX_CHARS: usize = 100;

/// Longest label of a version, in characters: fits in an address, and in the name of a file.
pub const LABEL_MAX_CHARS: usize = 64;

/// Longest message of a tag that is read, in bytes.
pub const TAG_MAX_BYTES: usize = 64 * 1024;

/// Topics drawn in one mindmap, and children shown under one of them.
pub const MAP_MAX_TOPICS: usize = 150;
pub const MAP_MAX_CHILDREN: usize = 12;

/// Children shown where somebody asked for one topic's own map.
pub const MAP_MAX_FOCUS_CHILDREN: usize = 60;

/// Digits of a number before the point, and after it: their sum fits an exact decimal (28 digits)
/// with room for adding up.
pub const DECIMAL_MAX_WHOLE_DIGITS: usize = 18;
pub const DECIMAL_MAX_DIGITS_AFTER_POINT: usize = 8;

/// Steps that one query, rule or total may take. As many take about a quarter of a second.
pub const EVAL_MAX_STEPS: u64 = 5_000_000;

/// Steps that all queries and values of one page may take together: about a second.
pub const PAGE_MAX_STEPS: u64 = 20_000_000;

/// Steps that the checks of one change, or of the whole wiki, may take together.
pub const CHECK_MAX_STEPS: u64 = 40_000_000;

/// Values in one list that is being computed.
pub const EVAL_MAX_LIST: usize = 200_000;

/// Longest expression, in bytes, and its deepest nesting: people's are a tenth of it.
pub const EXPR_MAX_BYTES: usize = 4_000;
pub const EXPR_MAX_DEPTH: usize = 40;
pub const EXPR_MAX_JOINS: usize = 60;

/// References that one path of an expression may follow (`phase.plan.owner`).
pub const EXPR_MAX_REFERENCES: usize = 3;

/// Types of one wiki, fields of one type, values of one choice. Forms and checks stay quick.
pub const TYPES_MAX: usize = 200;
pub const TYPE_MAX_FIELDS: usize = 200;
pub const TYPE_MAX_CHOICES: usize = 500;
pub const TYPE_MAX_RULES: usize = 100;

/// Compiled size of one `pattern`, in bytes; matching takes linear time whatever it says.
pub const PATTERN_MAX_BYTES: usize = 256 * 1024;

/// Query blocks and inline values of one page; the rest stays code.
pub const QUERIES_MAX: usize = 50;

/// Rows of a query that are shown when it sets no `limit`, and the most that it may set.
pub const QUERY_DEFAULT_ROWS: usize = 200;
pub const QUERY_MAX_ROWS: usize = 20_000;

/// Months or years without anything that a chart names: fifty years of months.
pub const QUERY_MAX_FILLED: usize = 600;

/// Columns of one result, and cells of one result on a page.
pub const QUERY_MAX_COLUMNS: usize = 60;
pub const QUERY_MAX_CELLS: usize = 60_000;

/// Cells of all results of one page together, choices on cards among them: some five megabytes. A
/// result that would go beyond it stands on a page of its own.
pub const PAGE_MAX_CELLS: usize = 100_000;

/// Cells of cards on a board, each card with a choice of its own.
pub const QUERY_MAX_CARDS: usize = 2_000;

/// Parts that a bar of a chart is stacked of; with more, bars are whole.
pub const QUERY_MAX_STACK: usize = 24;

/// References without a page for which the nearest name is looked up, in one page.
pub const NEAR_NAMES_MAX: usize = 5;

/// How often formulas that wait for others are tried again.
pub const TYPES_MAX_ROUNDS: usize = 50;

/// Longest text that is read as one number or date, in bytes; people's are a tenth of it.
pub const TYPED_VALUE_MAX_BYTES: usize = 200;

/// Rows of one list in a form. Longer lists are edited as Markdown.
pub const FORM_MAX_ROWS: usize = 200;

/// Pages that a comparison of two versions tells apart; the rest is counted. Enough for a plan of
/// many years.
pub const COMPARE_MAX_PAGES: usize = 2_000;

/// Totals that a comparison takes apart, and parts given of each.
pub const COMPARE_MAX_TOTALS: usize = 300;
pub const COMPARE_MAX_PARTS: usize = 500;

/// Files that are no pages, of those that differ between two versions.
pub const COMPARE_MAX_FILES: usize = 500;

/// Items told of one list that came to it, and that left it.
pub const COMPARE_MAX_ITEMS: usize = 200;

/// Fields compared of one page that its type does not know.
pub const COMPARE_MAX_UNTYPED: usize = 200;

/// Records above a record that are looked at for the plan that it lies under. Plans are five deep, and
/// records may lie under each other in a circle.
pub const COMPARE_MAX_ABOVE: usize = 40;

/// Steps that all values of one side of a comparison may take: about a second. The totals of 14,000
/// typed pages take a tenth of it.
pub const COMPARE_MAX_STEPS: u64 = 20_000_000;

/// Rendered bodies larger or deeper than this are compared by their source only: what is written
/// stays readable, and walking it may recurse.
pub const PROSE_MAX_BYTES: usize = 1024 * 1024;
pub const PROSE_MAX_DEPTH: usize = 100;

/// Steps that finding pairs of blocks and words in them may take; what is left then is told as
/// removed and added. As many take about a third of a second.
pub const PROSE_MAX_STEPS: usize = 100_000_000;

/// Bytes that the marks of one compared body may take, with the elements opened anew inside them:
/// marks in a line multiply what stands around them.
pub const PROSE_MAX_MARKS_BYTES: usize = 4 * 1024 * 1024;

/// Rules of access of one wiki. Wikis with many closed folders have tens.
pub const ACCESS_MAX_RULES: usize = 500;

/// Groups that one rule names for one right.
pub const ACCESS_MAX_NAMES: usize = 100;

/// Classes of readers of whom it is kept what they may read: more groups than people mix in a day.
/// One takes as much as the rules that it differs by.
pub const ACCESS_MAX_CLASSES: usize = 256;

/// Longest name of a group, in characters.
pub const GROUP_MAX_CHARS: usize = 64;
