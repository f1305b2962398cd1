//! The table of contents of a custom-format archive.
//!
//! ```text
//!   "PGDMP" version sizes format ─ compression ─ date, names ─ count ─ entry … entry ─ (data blocks: none here)
//! ```
//!
//! Layout after PostgreSQL's `pg_backup_archiver.c` (`ReadHead`, `ReadToc`, `ReadStr`, `ReadInt`) and
//! `pg_backup_custom.c` (`_ReadExtraToc`), archive versions 1.14 (PostgreSQL 12 to 15), 1.15 (16) and 1.16 (17, 18).
//! Definitions are kept byte for byte.

use super::failed;
use crate::error::PgError;

/// What every archive begins with.
const MAGIC: &[u8] = b"PGDMP";

/// `archCustom` (`pg_backup.h`).
const FORMAT_CUSTOM: u8 = 1;

/// Archive versions that we know, as (major, minor).
const OLDEST: (u8, u8) = (1, 14);
const NEWEST: (u8, u8) = (1, 16);

/// When an entry is restored relative to the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Section {
    /// COMMENT, ACL and the like: with the object they belong to.
    #[default]
    None,
    /// Before the rows.
    PreData,
    /// The rows.
    Data,
    /// After the rows: indexes, constraints, triggers.
    PostData,
}

/// One object of the schema.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SchemaEntry {
    /// Number within the archive; dependencies name it.
    pub dump_id: i32,
    /// The system catalog's OID and the object's OID within it; zeros where there is none.
    pub catalog_oid: (u32, u32),
    /// The object's name, as `pg_dump` tags it (`orders customer_id_fkey` for a constraint).
    pub tag: String,
    /// Its kind: `TABLE`, `FK CONSTRAINT`, `ACL`, …
    pub description: String,
    /// When it is restored.
    pub section: Section,
    /// The statements that make it, as `pg_dump` wrote them.
    pub definition: String,
    /// The statement that drops it.
    pub drop_statement: String,
    /// Its schema, empty where it has none.
    pub namespace: String,
    /// `default_table_access_method` for it, empty for the default.
    pub table_am: String,
    /// `pg_class.relkind` as a character (archives of 17 and later), else NUL.
    pub relkind: char,
    /// Its owner.
    pub owner: String,
    /// Dump ids that must come before it.
    pub dependencies: Vec<i32>,
}

/// Definitions may hold secrets: `Debug` shows what an entry is, not what it says.
impl std::fmt::Debug for SchemaEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { dump_id, description, namespace, tag, definition, .. } = self;
        write!(f, "SchemaEntry({dump_id} {description} {namespace}.{tag}, {} bytes)", definition.len())
    }
}

/// A schema-only archive.
#[derive(Clone, Debug)]
pub struct SchemaArchive {
    /// The server's version, as it says it.
    pub server_version: String,
    /// `pg_dump`'s version.
    pub dump_version: String,
    /// Entries in the order in which they can be restored.
    pub entries: Vec<SchemaEntry>,
}

impl SchemaArchive {
    /// Reads an archive's table of contents.
    ///
    /// # Errors
    ///
    /// It is cut, or of a version or format that we do not know.
    pub fn parse(bytes: &[u8]) -> Result<Self, PgError> {
        let mut reader = Reader::open(bytes)?;
        let (server_version, dump_version) = reader.head()?;
        let count = reader.int()?;
        let entries = (0..count).map(|_| reader.entry()).collect::<Result<_, _>>()?;
        Ok(Self { server_version, dump_version, entries })
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    version: (u8, u8),
    int_bytes: usize,
    offset_bytes: usize,
}

impl<'a> Reader<'a> {
    fn open(bytes: &'a [u8]) -> Result<Self, PgError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| failed("its output is no archive"))?;
        let mut reader = Self { rest, version: (0, 0), int_bytes: 0, offset_bytes: 0 };
        let [major, minor, _revision, int_bytes, offset_bytes, format] = reader.take::<6>()?;
        if !(OLDEST..=NEWEST).contains(&(major, minor)) {
            return Err(failed(format!("its archive version {major}.{minor} is unknown")));
        }
        if format != FORMAT_CUSTOM || !(1..=8).contains(&int_bytes) || offset_bytes > 8 {
            return Err(failed("its archive is not in the custom format"));
        }
        reader.version = (major, minor);
        (reader.int_bytes, reader.offset_bytes) = (int_bytes.into(), offset_bytes.into());
        Ok(reader)
    }

    /// Compression, date and names; returns the versions of server and pg_dump.
    fn head(&mut self) -> Result<(String, String), PgError> {
        if self.version >= (1, 15) {
            self.take::<1>()?;
        } else {
            self.int()?;
        }
        // struct tm: second to isdst.
        for _ in 0..7 {
            self.int()?;
        }
        let _database = self.string()?;
        Ok((self.string()?, self.string()?))
    }

    fn entry(&mut self) -> Result<SchemaEntry, PgError> {
        let dump_id = self.int()?;
        let _had_dumper = self.int()?;
        let catalog_oid = (self.oid()?, self.oid()?);
        let (tag, description) = (self.string()?, self.string()?);
        let section = section(self.int()?);
        let (definition, drop_statement) = (self.string()?, self.string()?);
        let _copy_statement = self.string()?;
        let namespace = self.string()?;
        let _tablespace = self.string()?;
        let table_am = self.string()?;
        let relkind = if self.version >= (1, 16) { self.int()? } else { 0 };
        let owner = self.string()?;
        let _with_oids = self.string()?;
        let entry = SchemaEntry {
            dump_id,
            catalog_oid,
            tag,
            description,
            section,
            definition,
            drop_statement,
            namespace,
            table_am,
            relkind: u8::try_from(relkind).map_or('\0', char::from),
            owner,
            dependencies: self.dependencies()?,
        };
        // Where the entry's rows are: a flag and an offset, always there.
        self.bytes(1 + self.offset_bytes)?;
        Ok(entry)
    }

    /// Numbers as strings, ended by an absent one.
    fn dependencies(&mut self) -> Result<Vec<i32>, PgError> {
        let mut dependencies = Vec::new();
        while let Some(text) = self.optional_string()? {
            dependencies.push(text.parse().map_err(|_| damaged())?);
        }
        Ok(dependencies)
    }

    fn oid(&mut self) -> Result<u32, PgError> {
        self.string()?.parse().map_err(|_| damaged())
    }

    /// A sign byte, then the magnitude, least significant byte first.
    fn int(&mut self) -> Result<i32, PgError> {
        let [sign] = self.take::<1>()?;
        let bytes = self.bytes(self.int_bytes)?;
        let magnitude = bytes.iter().rev().fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
        let magnitude = i32::try_from(magnitude).map_err(|_| damaged())?;
        Ok(if sign == 0 { magnitude } else { -magnitude })
    }

    /// An absent string counts as an empty one.
    fn string(&mut self) -> Result<String, PgError> {
        Ok(self.optional_string()?.unwrap_or_default())
    }

    fn optional_string(&mut self) -> Result<Option<String>, PgError> {
        let Ok(length) = usize::try_from(self.int()?) else { return Ok(None) };
        let text =
            std::str::from_utf8(self.bytes(length)?).map_err(|_| failed("its archive is not UTF-8"))?;
        Ok(Some(text.to_owned()))
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], PgError> {
        self.bytes(N)?.try_into().map_err(|_| damaged())
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], PgError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(damaged)?;
        self.rest = rest;
        Ok(taken)
    }
}

fn damaged() -> PgError {
    failed("its archive is cut or damaged")
}

/// `teSection` (`pg_backup.h`): 1 none, 2 pre-data, 3 data, 4 post-data.
fn section(number: i32) -> Section {
    match number {
        2 => Section::PreData,
        3 => Section::Data,
        4 => Section::PostData,
        _ => Section::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(value: i32) -> Vec<u8> {
        let mut bytes = vec![u8::from(value < 0)];
        bytes.extend(value.unsigned_abs().to_le_bytes());
        bytes
    }

    fn string(text: &str) -> Vec<u8> {
        [int(i32::try_from(text.len()).unwrap()), text.as_bytes().to_vec()].concat()
    }

    /// An archive of one table, written as `pg_dump` of the given archive version does.
    fn archive(minor: u8) -> Vec<u8> {
        let compression = if minor >= 15 { vec![0] } else { int(0) };
        let relkind = if minor >= 16 { int(i32::from(b'r')) } else { Vec::new() };
        [
            b"PGDMP".to_vec(),
            vec![1, minor, 0, 4, 8, 1],
            compression,
            (0..7).flat_map(int).collect(),
            [string("shop"), string("18.4"), string("18.4")].concat(),
            [int(1), int(215), int(1), string("1259"), string("16385")].concat(),
            [string("orders"), string("TABLE"), int(2), string("CREATE TABLE …;\n"), string("DROP …;\n")]
                .concat(),
            [int(-1), string("public"), int(-1), string("heap"), relkind, string("ann"), string("false")]
                .concat(),
            [string("5"), string("6"), int(-1)].concat(),
            vec![2, 0, 0, 0, 0, 0, 0, 0, 0],
        ]
        .concat()
    }

    #[test]
    fn every_archive_version_is_read() {
        for (minor, relkind) in [(14, '\0'), (15, '\0'), (16, 'r')] {
            let entry = SchemaArchive::parse(&archive(minor)).unwrap().entries.remove(0);
            assert_eq!((entry.dump_id, entry.catalog_oid, entry.relkind), (215, (1259, 16385), relkind));
            assert_eq!((entry.tag.as_str(), entry.section), ("orders", Section::PreData));
            assert_eq!((entry.definition.as_str(), entry.owner.as_str()), ("CREATE TABLE …;\n", "ann"));
            assert_eq!((entry.table_am.as_str(), entry.dependencies), ("heap", vec![5, 6]));
        }
    }

    #[test]
    fn a_cut_archive_is_an_error_wherever_it_is_cut() {
        let whole = archive(16);
        assert!((0..whole.len()).all(|length| SchemaArchive::parse(&whole[..length]).is_err()));
    }

    #[test]
    fn an_unknown_version_is_named() {
        let error = SchemaArchive::parse(&archive(17)).unwrap_err();
        assert_eq!(error.message(), Some("its archive version 1.17 is unknown"));
    }

    #[test]
    fn debug_shows_no_definition() {
        let archive = SchemaArchive::parse(&archive(15)).unwrap();
        assert_eq!(format!("{:?}", archive.entries[0]), "SchemaEntry(215 TABLE public.orders, 18 bytes)");
    }
}
