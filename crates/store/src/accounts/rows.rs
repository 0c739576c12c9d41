//! All rows of the accounts as lines of JSON, for a backup, and back again.
//!
//! The same lines for SQLite and PostgreSQL, so a backup of one can be put into the other. Sessions
//! and links are not among them: whoever held one would come in by it.

use serde_json::{Map, Value, json};
use sqlx::{AnyConnection, Row as _};

use super::Accounts;
use super::database::NotReached as _;
use super::fault::AccountsError;
use super::schema;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Text,
    TextOrNone,
    Number,
    NumberOrNone,
}

use Holds::{Number, NumberOrNone, Text, TextOrNone};

type Table = (&'static str, &'static [(&'static str, Holds)]);

/// The tables that are kept, those that others point at first.
const TABLES: [Table; 7] = [
    (
        "accounts",
        &[
            ("id", Number),
            ("login", Text),
            ("login_key", Text),
            ("name", Text),
            ("email", TextOrNone),
            ("lang", TextOrNone),
            ("is_admin", Number),
            ("is_enabled", Number),
            ("opaque", Text),
            ("password", TextOrNone),
            ("made_s", Number),
        ],
    ),
    ("memberships", &[("account", Number), ("name", Text)]),
    ("issued_memberships", &[("account", Number), ("name", Text)]),
    (
        "tokens",
        &[
            ("hash", Text),
            ("handle", Number),
            ("account", Number),
            ("label", Text),
            ("scope", Text),
            ("made_s", Number),
            ("expires_s", NumberOrNone),
            ("used_s", NumberOrNone),
        ],
    ),
    ("identities", &[("issuer", Text), ("subject", Text), ("account", Number)]),
    (
        "sign_ins",
        &[
            ("id", Number),
            ("account", NumberOrNone),
            ("time_s", Number),
            ("what", Text),
            ("network", Text),
            ("agent", Text),
        ],
    ),
    (
        "acts",
        &[
            ("id", Number),
            ("time_s", Number),
            ("done_by", NumberOrNone),
            ("whom", NumberOrNone),
            ("what", Text),
            ("more", Text),
        ],
    ),
];

/// Tables that are not kept: see above, and what `put_back` makes anew.
#[cfg(test)]
const LEFT_OUT: [&str; 3] = ["sessions", "links", "polder_state"];

/// All rows, as they stood at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// One object a line: first the shape of the tables, then the rows.
    pub lines: Vec<u8>,
    pub n_accounts: u64,
}

impl Accounts {
    /// Reads all rows while nobody writes.
    pub fn rows(&self) -> Result<Rows, AccountsError> {
        // Last uses of tokens are written now and then.
        self.flush()?;
        self.shared.database.note(read_all)
    }

    /// Puts rows back, where there are no accounts yet.
    pub fn put_back(&self, rows: &Rows) -> Result<(), AccountsError> {
        let parsed = parse(&rows.lines)?;
        self.write(async |connection| {
            let n: i64 =
                sqlx::query_scalar("SELECT COUNT(*) FROM accounts").fetch_one(&mut *connection).await.reached()?;
            if n > 0 {
                return Err(AccountsError::Other("there are accounts already".to_owned()));
            }
            write_all(connection, &parsed).await
        })
    }
}

async fn read_all(connection: &mut AnyConnection) -> Result<Rows, AccountsError> {
    let mut rows = Rows::default();
    let next_id: i64 = sqlx::query_scalar("SELECT next_id FROM polder_state WHERE id = 1")
        .fetch_one(&mut *connection)
        .await
        .reached()?;
    line(&mut rows.lines, &json!({ "shape": schema::NEWEST, "next_id": next_id }));
    for (table, columns) in TABLES {
        let found =
            sqlx::query(sqlx::AssertSqlSafe(select(table, columns))).fetch_all(&mut *connection).await.reached()?;
        for row in &found {
            let mut object = Map::new();
            object.insert("table".to_owned(), json!(table));
            for (at, (name, holds)) in columns.iter().enumerate() {
                let value = match holds {
                    Text => json!(row.try_get::<String, _>(at).reached()?),
                    TextOrNone => json!(row.try_get::<Option<String>, _>(at).reached()?),
                    Number => json!(row.try_get::<i64, _>(at).reached()?),
                    NumberOrNone => json!(row.try_get::<Option<i64>, _>(at).reached()?),
                };
                object.insert((*name).to_owned(), value);
            }
            line(&mut rows.lines, &Value::Object(object));
        }
        if table == "accounts" {
            rows.n_accounts = found.len() as u64;
        }
    }
    Ok(rows)
}

fn line(out: &mut Vec<u8>, value: &Value) {
    out.extend_from_slice(value.to_string().as_bytes());
    out.push(b'\n');
}

/// What a row is put into, and its values in the order of the columns.
type Parsed = (Table, Vec<Value>);

/// The rows of a backup, all of them before any is written.
fn parse(lines: &[u8]) -> Result<(i64, Vec<Parsed>), AccountsError> {
    let odd = |n: usize| AccountsError::Other(format!("line {} of the accounts can't be read", n + 1));
    let mut next_id = 1;
    let mut all = Vec::new();
    for (n, text) in lines.split(|&byte| byte == b'\n').enumerate().filter(|(_, text)| !text.is_empty()) {
        let Ok(Value::Object(mut row)) = serde_json::from_slice::<Value>(text) else { return Err(odd(n)) };
        if n == 0 {
            let shape = row.get("shape").and_then(Value::as_u64).ok_or_else(|| odd(n))?;
            if shape > schema::NEWEST as u64 {
                return Err(AccountsError::Newer);
            }
            next_id = row.get("next_id").and_then(Value::as_i64).ok_or_else(|| odd(n))?;
            continue;
        }
        let table = row.remove("table").and_then(|name| TABLES.into_iter().find(|(table, _)| name == *table));
        let table = table.ok_or_else(|| odd(n))?;
        let mut values = Vec::new();
        for (name, holds) in table.1 {
            // A column that was added since is empty in older backups, where it may be.
            let value = row.remove(*name).unwrap_or(Value::Null);
            let fits = match holds {
                Text => value.is_string(),
                TextOrNone => value.is_string() || value.is_null(),
                Number => value.is_i64(),
                NumberOrNone => value.is_i64() || value.is_null(),
            };
            if !fits {
                return Err(odd(n));
            }
            values.push(value);
        }
        all.push((table, values));
    }
    Ok((next_id, all))
}

async fn write_all(connection: &mut AnyConnection, parsed: &(i64, Vec<Parsed>)) -> Result<(), AccountsError> {
    let (next_id, rows) = parsed;
    for ((table, columns), values) in rows {
        let mut query = sqlx::query(sqlx::AssertSqlSafe(insert(table, columns)));
        for (value, (_, holds)) in values.iter().zip(*columns) {
            query = match holds {
                Text | TextOrNone => query.bind(value.as_str().map(str::to_owned)),
                Number | NumberOrNone => query.bind(value.as_i64()),
            };
        }
        query.execute(&mut *connection).await.reached()?;
    }
    sqlx::query("UPDATE polder_state SET next_id = $1 WHERE id = 1")
        .bind(next_id)
        .execute(&mut *connection)
        .await
        .reached()?;
    Ok(())
}

fn names(columns: &[(&str, Holds)]) -> String {
    columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// Names come from `TABLES` only.
fn select(table: &str, columns: &[(&str, Holds)]) -> String {
    format!("SELECT {} FROM {table} ORDER BY 1, 2", names(columns))
}

fn insert(table: &str, columns: &[(&str, Holds)]) -> String {
    let places = (1..=columns.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    format!("INSERT INTO {table} ({}) VALUES ({places})", names(columns))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::super::{Change, NewAccount, Place, Scope};
    use super::*;

    fn open(dir: &TempDir, name: &str) -> Accounts {
        Accounts::open(&Place::File(dir.path().join(name))).expect("opened")
    }

    fn somebody(login: &str) -> NewAccount {
        NewAccount {
            login: login.to_owned(),
            name: format!("Somebody {login}"),
            email: Some(format!("{login}@example.org")),
            lang: None,
            groups: ["team".into()].into(),
            is_admin: login == "anna",
            password: Some("mijn fiets staat scheef tegen de heg".to_owned()),
        }
    }

    #[test]
    fn accounts_come_back_with_their_tokens_and_without_ways_in() {
        let dir = TempDir::new().expect("a temporary folder");
        let one = open(&dir, "one.db");
        let anna = one.add(somebody("anna")).expect("made");
        let bert = one.add(somebody("bert")).expect("made");
        one.new_token(anna.id, "laptop", Scope::Write, None).expect("made");
        one.make_link(super::super::Kind::Reset(bert.id), None, 3600).expect("made");
        one.change(bert.id, Change { name: Some("Bert".to_owned()), ..Change::default() }).expect("changed");
        one.disable(bert.id).expect("done");
        let rows = one.rows().expect("read");
        assert_eq!(rows.n_accounts, 2);
        let text = String::from_utf8(rows.lines.clone()).expect("UTF-8");
        assert!(text.contains("argon2id") && !text.contains("\"links\"") && !text.contains("fiets"), "{text}");

        let other = open(&dir, "other.db");
        other.put_back(&rows).expect("put back");
        assert_eq!(format!("{:?}", other.list()), format!("{:?}", one.list()));
        assert_eq!(other.rows().expect("read"), rows);
        assert!(other.put_back(&rows).is_err(), "there are some already");
        let carla = other.add(somebody("carla")).expect("made");
        assert!(carla.id != anna.id && carla.id != bert.id);
    }

    #[test]
    fn rows_of_one_database_fit_into_the_other() {
        let Some(server) = super::super::postgres_tests::Server::start() else { return };
        let dir = TempDir::new().expect("a temporary folder");
        let one = open(&dir, "one.db");
        let anna = one.add(somebody("anna")).expect("made");
        one.new_token(anna.id, "laptop", Scope::Read, Some(9_999_999_999)).expect("made");
        let rows = one.rows().expect("read");
        let there = Accounts::open(&Place::Postgres(server.database())).expect("opened");
        there.put_back(&rows).expect("put back");
        assert_eq!(there.rows().expect("read"), rows);
        let back = open(&dir, "back.db");
        back.put_back(&there.rows().expect("read")).expect("put back");
        assert_eq!(back.rows().expect("read"), rows);
        there.close();
    }

    #[test]
    fn every_table_and_column_is_kept_or_left_out_on_purpose() {
        let dir = TempDir::new().expect("a temporary folder");
        let accounts = open(&dir, "a.db");
        let named: Vec<(String, String)> = accounts
            .shared
            .database
            .read(async |connection| {
                let sql = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c
                    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' ORDER BY 1, c.cid";
                let rows = sqlx::query(sql).fetch_all(connection).await.reached()?;
                rows.iter()
                    .map(|row| Ok((row.try_get(0).reached()?, row.try_get(1).reached()?)))
                    .collect::<Result<Vec<_>, AccountsError>>()
            })
            .expect("read");
        let mut kept: Vec<(String, String)> = TABLES
            .iter()
            .flat_map(|(table, columns)| columns.iter().map(|(name, _)| ((*table).to_owned(), (*name).to_owned())))
            .collect();
        kept.sort();
        let mut there: Vec<(String, String)> =
            named.into_iter().filter(|(table, _)| !LEFT_OUT.contains(&table.as_str())).collect();
        there.sort();
        assert_eq!(there, kept);
    }

    #[test]
    fn rows_that_can_t_be_are_refused_before_any_is_written() {
        let dir = TempDir::new().expect("a temporary folder");
        let accounts = open(&dir, "a.db");
        let good = accounts.rows().expect("read");
        let head = String::from_utf8(good.lines).expect("UTF-8");
        for bad in [
            "{\"table\":\"sessions\",\"hash\":\"x\"}",
            "{\"table\":\"memberships\",\"account\":\"1\",\"name\":\"x\"}",
            "{\"table\":\"memberships\",\"account\":1}",
            "{\"table\":\"memberships; DROP TABLE accounts\"}",
            "[1]",
            "{",
        ] {
            let rows = Rows { lines: format!("{head}{bad}\n").into_bytes(), n_accounts: 0 };
            let refused = accounts.put_back(&rows);
            assert!(matches!(&refused, Err(AccountsError::Other(why)) if why.contains("line 2")), "{bad}: {refused:?}");
        }
        let newer = Rows { lines: b"{\"shape\":999,\"next_id\":1}\n".to_vec(), n_accounts: 0 };
        assert_eq!(accounts.put_back(&newer), Err(AccountsError::Newer));
        assert!(!accounts.any());
    }
}
