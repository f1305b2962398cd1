//! Texts that a program of the site has the last word on: a batch is masked twice, first to ask and then to answer.
//!
//! ```text
//!   rows ─► masks ─► texts ─► Scrubber (a batch at once) ─► answers ─► rows ─► masks, an answer for each text ─► out
//! ```
//!
//! Masks are pure, so the second time asks for the same texts in the same order.

use crate::error::MaskErrorKind;
use std::sync::Arc;
use std::vec::IntoIter;

/// Reads texts and says what the copy has for each.
pub trait Scrubber: Send + Sync {
    /// One answer for each question, in their order.
    ///
    /// # Errors
    /// What is wrong, in words that hold no text.
    fn scrub(&self, questions: &[Question]) -> Result<Vec<String>, String>;
}

/// A text, and whose it is.
#[derive(PartialEq, Eq)]
pub struct Question {
    /// `table(column)` as SQL writes the table.
    pub column: String,
    /// The text, scrubbed of what waxwork recognises.
    pub text: String,
}

/// The program of one column.
#[derive(Clone)]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) scrubber: Option<Arc<dyn Scrubber>>,
}

/// What becomes of a text for a program.
#[derive(Default)]
pub(crate) enum Outside {
    /// There is none.
    #[default]
    None,
    /// It is put to others of its program.
    Asking(Vec<(Program, Vec<Question>)>),
    /// The answers of each program are there, in order.
    Answering(Vec<(String, IntoIter<String>)>),
}

impl Outside {
    /// The answer for a text; nothing while it is only asked.
    ///
    /// # Errors
    /// There is none for it.
    pub(crate) fn answer(
        &mut self,
        program: &Program,
        column: &str,
        text: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), MaskErrorKind> {
        match self {
            Outside::None => Err(failed(program, "it was not started")),
            Outside::Asking(asked) => {
                // Only what is UTF-8 comes here: anything else has been redacted.
                let text = String::from_utf8_lossy(text).into_owned();
                let question = Question { column: column.to_owned(), text };
                match asked.iter_mut().find(|(known, _)| known.name == program.name) {
                    Some((_, questions)) => questions.push(question),
                    None => asked.push((program.clone(), vec![question])),
                }
                Ok(())
            }
            Outside::Answering(answers) => {
                let own = answers.iter_mut().find(|(known, _)| *known == program.name);
                let answer = own.and_then(|(_, answers)| answers.next());
                let answer = answer.ok_or_else(|| failed(program, "it gave too few answers"))?;
                out.extend_from_slice(answer.as_bytes());
                Ok(())
            }
        }
    }

    /// Puts every question.
    ///
    /// # Errors
    /// A program is not there, or what it says.
    pub(crate) fn ask(self) -> Result<Self, MaskErrorKind> {
        let Outside::Asking(asked) = self else { return Ok(self) };
        let mut answers = Vec::new();
        for (program, questions) in asked {
            let scrubber = program.scrubber.as_ref().ok_or_else(|| failed(&program, "it was not started"))?;
            let texts = scrubber.scrub(&questions).map_err(|reason| failed(&program, &reason))?;
            if texts.len() != questions.len() {
                return Err(failed(&program, "it gave another number of answers"));
            }
            answers.push((program.name, texts.into_iter()));
        }
        Ok(Outside::Answering(answers))
    }
}

fn failed(program: &Program, reason: &str) -> MaskErrorKind {
    MaskErrorKind::Scrubber { name: program.name.clone(), reason: reason.to_owned() }
}
