//! `waxwork import`: a foreign policy in, a rule file out, and a line on stderr for each thing that has no place in it.

use super::{on_runtime, say};
use crate::args::{AnonArguments, ImportArguments, ImportCommand, PolicyFile};
use crate::render;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::report::{Finding, exit};
use waxwork_core::words::printable;
use waxwork_engine::labels::{self, SecurityLabel};
use waxwork_import::{Import, Label, Labelled, Options};

/// What an importer makes of a file's name and text.
type Importer = fn(&str, &str, &Options) -> Result<Import, Vec<Diagnostic>>;

/// An exit code, after everything was said.
type Ended = u8;

/// Another tool's policy as a rule file. Exit 3 where something could not be translated: the file is written all the same.
pub(crate) fn import(command: ImportCommand) -> Ended {
    match command {
        ImportCommand::Greenmask(policy) => from_file(&policy, waxwork_import::greenmask),
        ImportCommand::Anon(arguments) => from_labels(&arguments),
        ImportCommand::Replibyte(policy) => from_file(&policy, waxwork_import::replibyte),
        ImportCommand::Pgstream(policy) => from_file(&policy, waxwork_import::pgstream),
        ImportCommand::Neosync(policy) => from_file(&policy, waxwork_import::neosync),
    }
}

fn from_file(policy: &PolicyFile, importer: Importer) -> Ended {
    let PolicyFile { file, import } = policy;
    end(read(file).and_then(|text| translated(importer(&shown(file), &text, &options(import)))), import)
}

fn from_labels(arguments: &AnonArguments) -> Ended {
    let AnonArguments { file, source, policy, import } = arguments;
    let options = options(import);
    let imported = match (file, source) {
        (Some(file), _) => read(file)
            .and_then(|text| translated(waxwork_import::anon(&shown(file), &text, policy, &options))),
        (None, source) => read_labels(source.as_deref().unwrap_or_default(), policy)
            .and_then(|labels| translated(waxwork_import::anon_labels(&labels, &options))),
    };
    end(imported, import)
}

fn options(arguments: &ImportArguments) -> Options {
    Options { key_column: arguments.key_column.clone() }
}

fn shown(file: &Path) -> String {
    printable(&file.display().to_string())
}

fn translated(imported: Result<Import, Vec<Diagnostic>>) -> Result<Import, Ended> {
    imported.map_err(|errors| refused(&errors))
}

fn end(imported: Result<Import, Ended>, arguments: &ImportArguments) -> Ended {
    imported.and_then(|import| write(&import, arguments)).unwrap_or_else(|code| code)
}

fn read_labels(source: &str, policy: &str) -> Result<Vec<Label>, Ended> {
    let labels = on_runtime(labels::read(source, policy)).map_err(|error| {
        error.errors.iter().for_each(|one| crate::say_error!("{}", render::error(one)));
        error.exit
    })?;
    if labels.is_empty() {
        let message = format!("the source has no security labels for \"{}\"", printable(policy));
        return Err(failed(exit::RULES, message));
    }
    Ok(labels.into_iter().map(label).collect())
}

fn label(label: SecurityLabel) -> Label {
    let SecurityLabel { table, column, text } = label;
    let object = match (table, column) {
        (Some(table), Some(column)) => Labelled::Column(table, column),
        (Some(table), None) => Labelled::Table(table),
        (None, _) => Labelled::Database,
    };
    Label { object, text }
}

/// Says errors of a policy.
fn refused(errors: &[Diagnostic]) -> Ended {
    errors.iter().for_each(|one| crate::say_error!("{}", render::error(&Finding::from(one))));
    exit::RULES
}

/// Says one error.
fn failed(code: Ended, message: String) -> Ended {
    crate::say_error!("{}", render::error(&Finding::new("command", message)));
    code
}

fn read(file: &Path) -> Result<String, Ended> {
    let bytes = if file.as_os_str() == "-" {
        read_all(std::io::stdin())
    } else {
        File::open(file).and_then(read_all)
    };
    let shown = shown(file);
    let bytes = bytes.map_err(|error| {
        failed(exit::RULES, format!("could not read policy \"{shown}\": {}", error.kind()))
    })?;
    String::from_utf8(bytes).map_err(|_| failed(exit::RULES, format!("policy \"{shown}\" is not in UTF-8")))
}

fn read_all(mut source: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes).map(|_| bytes)
}

fn write(import: &Import, arguments: &ImportArguments) -> Result<Ended, Ended> {
    let output = arguments.output.as_deref().filter(|path| path.as_os_str() != "-");
    match output {
        None => say(&import.rules).or_else(|error| match error.kind() {
            // A reader that went away (`| head`) is no failure.
            ErrorKind::BrokenPipe => Ok(()),
            kind => Err(failed(exit::FAILED, format!("could not write to stdout: {kind}"))),
        })?,
        Some(path) => write_file(path, &import.rules, arguments.force)?,
    }
    Ok(talk(import))
}

fn write_file(path: &Path, rules: &str, force: bool) -> Result<(), Ended> {
    let mut options = File::options();
    options.write(true).create_new(!force).create(force).truncate(force);
    let written = options.open(path).and_then(|mut file| file.write_all(rules.as_bytes()));
    let shown = shown(path);
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            let mut told = Finding::new("command", format!("\"{shown}\" exists already"));
            told.hint = Some("Overwrite it with --force.".to_owned());
            crate::say_error!("{}", render::error(&told));
            exit::RULES
        }
        kind => failed(exit::FAILED, format!("could not write \"{shown}\": {kind}")),
    })
}

/// What is different here, once, and every gap.
fn talk(import: &Import) -> Ended {
    let tool = import.tool;
    crate::say_error!(
        "note: {tool} copies columns that its policy does not name as they are; waxwork refuses them. See which with: \
         waxwork check --rules FILE --source URL"
    );
    import.gaps.iter().for_each(|gap| crate::say_error!("not translated: {gap}"));
    if import.gaps.is_empty() { exit::OK } else { exit::UNLISTED }
}
