//! `pg_dump`'s custom-format archive, read as far as a schema-only one goes: its table of contents.
//!
//! ```text
//!   "PGDMP" version intSize offSize format compression time names ─► count ─► entry, entry, …
//! ```
//!
//! Format: PostgreSQL source, `pg_backup_archiver.c` (`ReadHead`, `ReadToc`, `ReadInt`, `ReadStr`) and
//! `pg_backup_custom.c` (`_ReadExtraToc`), archive versions 1.14 (PostgreSQL 12) to 1.16 (17 and 18).

use crate::error::{PgError, PgErrorKind, doing};

/// A schema as `pg_dump` sees it, in an order in which it can be made again.
#[derive(Debug)]
pub struct SchemaArchive {
    /// Entries in dependency order.
    pub entries: Vec<SchemaEntry>,
}

/// One object, or one property of an object.
#[derive(Clone)]
pub struct SchemaEntry {
    /// The archive's own id, which [`dependencies`](Self::dependencies) speak of.
    pub dump_id: i32,
    /// OID of the system catalog that the object is in.
    pub class_oid: u32,
    /// The object's OID in the source.
    pub oid: u32,
    /// Its name as `pg_dump` shows it.
    pub tag: String,
    /// Its kind: `TABLE`, `FK CONSTRAINT`, …
    pub description: String,
    /// When it is restored.
    pub section: Section,
    /// The statements that make it, byte for byte.
    pub definition: String,
    /// The statement that would drop it.
    pub drop_statement: Option<String>,
    /// Its schema, if it is in one.
    pub namespace: Option<String>,
    /// Its table access method, if it is a table.
    pub table_am: Option<String>,
    /// Its owner.
    pub owner: Option<String>,
    /// Ids of the entries that must stand before it.
    pub dependencies: Vec<i32>,
}

impl std::fmt::Debug for SchemaEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A definition can hold secrets: its length is enough.
        write!(f, "{} {} ({} bytes)", self.description, self.tag, self.definition.len())
    }
}

/// When an entry is restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Comments, grants and what belongs to the archive itself.
    None,
    /// Before rows.
    PreData,
    /// Rows.
    Data,
    /// After rows.
    PostData,
}

/// The oldest and newest archive versions that are understood.
const VERSIONS: std::ops::RangeInclusive<(u8, u8)> = (1, 14)..=(1, 16);

/// `archCustom` of `pg_backup.h`.
const FORMAT_CUSTOM: u8 = 1;

impl SchemaArchive {
    /// Reads an archive from memory.
    ///
    /// # Errors
    /// [`PgErrorKind::PgDump`]: not an archive, cut short, or of a version that is not known.
    pub fn parse(bytes: &[u8]) -> Result<Self, PgError> {
        let mut reader = Reader { rest: bytes, version: (0, 0), integer_bytes: 4, offset_bytes: 8 };
        reader.head()?;
        let count = reader.integer()?;
        let entries = (0..count).map(|_| reader.entry()).collect::<Result<_, _>>()?;
        Ok(Self { entries })
    }
}

fn broken(what: &str) -> PgError {
    PgError::new(PgErrorKind::PgDump, doing("read pg_dump's archive"), what.to_owned())
}

struct Reader<'a> {
    rest: &'a [u8],
    version: (u8, u8),
    integer_bytes: usize,
    offset_bytes: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], PgError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(|| broken("it is cut short"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, PgError> {
        Ok(self.take(1)?[0])
    }

    /// A sign byte, then a little-endian magnitude.
    fn integer(&mut self) -> Result<i32, PgError> {
        let negative = self.byte()? != 0;
        let bytes = self.take(self.integer_bytes)?;
        let magnitude = bytes.iter().rev().fold(0i64, |value, byte| (value << 8) | i64::from(*byte));
        let value = if negative { -magnitude } else { magnitude };
        i32::try_from(value).map_err(|_| broken("a number is out of range"))
    }

    /// A length, −1 for none, then that many bytes.
    fn text(&mut self) -> Result<Option<String>, PgError> {
        let Ok(length) = usize::try_from(self.integer()?) else { return Ok(None) };
        let bytes = self.take(length)?.to_vec();
        String::from_utf8(bytes).map(Some).map_err(|_| broken("a text is not UTF-8"))
    }

    fn required(&mut self) -> Result<String, PgError> {
        Ok(self.text()?.unwrap_or_default())
    }

    fn head(&mut self) -> Result<(), PgError> {
        if self.take(5)? != b"PGDMP" {
            return Err(broken("it does not begin as one"));
        }
        self.version = (self.byte()?, self.byte()?);
        self.byte()?;
        if !VERSIONS.contains(&self.version) {
            return Err(broken(&format!("its version {}.{} is not known", self.version.0, self.version.1)));
        }
        self.integer_bytes = self.byte()?.into();
        self.offset_bytes = self.byte()?.into();
        if self.byte()? != FORMAT_CUSTOM {
            return Err(broken("it is not in custom format"));
        }
        // Compression: an algorithm since 1.15, a level before; a schema has no compressed part.
        if self.version >= (1, 15) { self.byte().map(drop)? } else { self.integer().map(drop)? }
        for _ in 0..7 {
            self.integer()?;
        }
        for _ in 0..3 {
            self.text()?;
        }
        Ok(())
    }

    fn oid(&mut self) -> Result<u32, PgError> {
        self.required()?.parse().map_err(|_| broken("an OID is not a number"))
    }

    fn entry(&mut self) -> Result<SchemaEntry, PgError> {
        let dump_id = self.integer()?;
        let _had_dumper = self.integer()?;
        let (class_oid, oid) = (self.oid()?, self.oid()?);
        let (tag, description) = (self.required()?, self.required()?);
        let section = section(self.integer()?);
        let (definition, drop_statement, _copy_statement) = (self.required()?, self.text()?, self.text()?);
        let (namespace, _tablespace, table_am) = (self.text()?, self.text()?, self.text()?);
        if self.version >= (1, 16) {
            let _relkind = self.integer()?;
        }
        let owner = self.text()?;
        let _with_oids = self.text()?;
        let dependencies = self.dependencies()?;
        let _data_state = self.take(1 + self.offset_bytes)?;
        Ok(SchemaEntry {
            dump_id,
            class_oid,
            oid,
            tag,
            description,
            section,
            definition,
            drop_statement,
            namespace,
            table_am,
            owner,
            dependencies,
        })
    }

    /// Numbers as text, ended by a missing one.
    fn dependencies(&mut self) -> Result<Vec<i32>, PgError> {
        let mut ids = Vec::new();
        while let Some(text) = self.text()? {
            ids.push(text.parse().map_err(|_| broken("a dependency is not a number"))?);
        }
        Ok(ids)
    }
}

/// `teSection` of `pg_backup.h`.
fn section(number: i32) -> Section {
    match number {
        2 => Section::PreData,
        3 => Section::Data,
        4 => Section::PostData,
        _ => Section::None,
    }
}
