//! `[scrubber.NAME]`: a site's own program reads texts on its standard input and answers on its standard output.
//!
//! ```text
//!   {"id":7,"column":"public.note(body)","text":"…"}  ─► stdin    program    stdout ─►  {"id":7,"text":"…"}
//!   one line a text, a batch of them at once              one line each, in the same order
//! ```
//!
//! An answer names the question's id: one answer too many would put every text into the row behind it. A program sees
//! none of our environment but what it needs to start, because keys and connection strings may stand in it.
//!
//! Processes start with the first text, serve batch after batch, and see the end of their input when the run is over.
//! What a program says on its standard error may be anything, and is not shown.

use crate::program;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};
use std::time::Duration;
use waxwork_core::plan::Plan;
use waxwork_core::rules::Scrubber as Rule;
use waxwork_mask::{Question, Scrubber, Scrubbers};

/// Bytes of one answer: texts are far shorter, and a program that ends no line must not fill the memory.
const ANSWER_BYTES_MAX: u64 = 64 << 20;

/// The programs of a plan, none of them started.
pub(crate) fn processes(plan: &Plan) -> Scrubbers {
    let pool = |rule: &Rule| Arc::new(Pool::new(rule)) as Arc<dyn Scrubber>;
    plan.scrubbers.iter().map(|rule| (rule.name.value.clone(), pool(rule))).collect()
}

/// The processes of one program.
struct Pool {
    command: Vec<String>,
    timeout: Duration,
    free: Mutex<Free>,
    returned: Condvar,
}

/// Processes that nobody uses, and how many more may start.
struct Free {
    idle: Vec<Process>,
    startable: u32,
}

struct Process {
    child: Child,
    stdin: Option<BufWriter<ChildStdin>>,
    stdout: BufReader<ChildStdout>,
    /// Of the next question.
    next: u64,
}

#[derive(Serialize)]
struct Line<'a> {
    id: u64,
    column: &'a str,
    text: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    id: u64,
    text: String,
}

impl Pool {
    fn new(rule: &Rule) -> Self {
        Self {
            command: rule.command.value.clone(),
            timeout: Duration::from_secs(rule.timeout.into()),
            free: Mutex::new(Free { idle: Vec::new(), startable: rule.processes }),
            returned: Condvar::new(),
        }
    }

    /// A process for one batch: an idle one, a new one, or the next that comes back.
    fn take(&self) -> Result<Process, String> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(process) = free.idle.pop() {
                return Ok(process);
            }
            if free.startable > 0 {
                free.startable -= 1;
                drop(free);
                return Process::start(&self.command).inspect_err(|_| self.give_back(None));
            }
            free = self.returned.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A process that has failed leaves room for another.
    fn give_back(&self, process: Option<Process>) {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        match process {
            Some(process) => free.idle.push(process),
            None => free.startable += 1,
        }
        self.returned.notify_one();
    }
}

impl Scrubber for Pool {
    fn scrub(&self, questions: &[Question]) -> Result<Vec<String>, String> {
        let mut process = self.take()?;
        let answers = process.answers(questions, self.timeout);
        self.give_back(answers.is_ok().then_some(process));
        answers
    }
}

impl Process {
    fn start(command: &[String]) -> Result<Self, String> {
        let (name, arguments) = command.split_first().ok_or("it names no program")?;
        let mut child = program::command(name)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("could not start \"{name}\": {}", error.kind()))?;
        let stdin = child.stdin.take().map(BufWriter::new);
        let stdout = BufReader::new(child.stdout.take().ok_or("it has no standard output")?);
        Ok(Self { child, stdin, stdout, next: 0 })
    }

    /// Asks and reads at the same time: a program may answer before it has read everything. One that is silent for too
    /// long, or whose answers cannot be read, is ended, so that nobody waits for it.
    fn answers(&mut self, questions: &[Question], timeout: Duration) -> Result<Vec<String>, String> {
        let Self { child, stdin, stdout, next } = self;
        let first = *next;
        *next += questions.len() as u64;
        let stdin = stdin.as_mut().ok_or("it takes no more texts")?;
        let (signs, watched) = mpsc::channel();
        std::thread::scope(|scope| {
            let asking = scope.spawn(|| ask(stdin, first, questions));
            let watching = scope.spawn(move || watch(child, &watched, timeout));
            let answers = read(stdout, first, questions.len(), &signs);
            let _ = signs.send(if answers.is_ok() { Sign::Over } else { Sign::Failed });
            let was_silent = watching.join().unwrap_or(false);
            let asked = asking.join().is_ok_and(|asked| asked.is_ok());
            match answers {
                Err(_) if was_silent => Err(format!("no answer within {} s", timeout.as_secs())),
                Ok(_) if !asked => Err("it does not read".to_owned()),
                answers => answers,
            }
        })
    }
}

impl Drop for Process {
    /// The end of its input tells a program to end; one that does not is ended.
    fn drop(&mut self) {
        self.stdin = None;
        for _ in 0..PATIENCE {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        // An error means that it is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the reader tells the watcher.
enum Sign {
    /// An answer has come.
    Alive,
    /// The last one has come.
    Over,
    /// An answer could not be read.
    Failed,
}

/// Times 20 ms that a program has to end by itself.
const PATIENCE: u32 = 50;

fn ask(stdin: &mut BufWriter<ChildStdin>, first: u64, questions: &[Question]) -> std::io::Result<()> {
    for (id, Question { column, text }) in (first..).zip(questions) {
        serde_json::to_writer(&mut *stdin, &Line { id, column, text })?;
        stdin.write_all(b"\n")?;
    }
    stdin.flush()
}

/// Ends a program that is silent for too long (`true`), or that has failed.
fn watch(child: &mut Child, signs: &mpsc::Receiver<Sign>, timeout: Duration) -> bool {
    loop {
        let sign = signs.recv_timeout(timeout);
        match sign {
            Ok(Sign::Alive) => continue,
            Ok(Sign::Over) => return false,
            Ok(Sign::Failed) | Err(_) => {
                let _ = child.kill();
                return sign.is_err();
            }
        }
    }
}

fn read(
    stdout: &mut BufReader<ChildStdout>,
    first: u64,
    count: usize,
    signs: &mpsc::Sender<Sign>,
) -> Result<Vec<String>, String> {
    let mut answers = Vec::with_capacity(count);
    let mut line = Vec::new();
    while answers.len() < count {
        line.clear();
        let read = stdout.by_ref().take(ANSWER_BYTES_MAX).read_until(b'\n', &mut line);
        if !read.is_ok_and(|bytes| bytes > 0) {
            return Err(format!("it ended after {} of {count} answers", answers.len()));
        }
        let form = "an answer is no JSON object with the question's \"id\" and a string \"text\"";
        let Answer { id, text } = serde_json::from_slice(&line).map_err(|_| form.to_owned())?;
        if id != first + answers.len() as u64 {
            return Err("an answer is not to the question whose turn it is".to_owned());
        }
        if text.contains('\0') {
            return Err("an answer holds NUL, which no text of PostgreSQL does".to_owned());
        }
        answers.push(text);
        // The watcher is there until the last answer.
        let _ = signs.send(Sign::Alive);
    }
    Ok(answers)
}
