//! A network of the tests' own between the program and a cluster: it stops at words, cuts, stalls and is slow.
//!
//! ```text
//!   program ─ TCP ─► Network ─ socket ─► server
//!                      └─ words that pass are looked at; the first message with those that are waited for stands still
//! ```
//!
//! What a test sees of the program is what it says to the servers, so that is where a phase is known by.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use waxwork_fixtures::TempCluster;

/// What has not been said by then is not said.
const WORDS_MAX: Duration = Duration::from_secs(120);

/// A way to a cluster.
pub(crate) struct Network {
    port: u16,
    state: Arc<State>,
}

struct State {
    socket: PathBuf,
    weather: Mutex<Weather>,
    changed: Condvar,
}

#[derive(Default)]
struct Weather {
    /// Words at which a message stands still, once; none when they have come.
    awaited: Option<Words>,
    /// A message stands still.
    holds: bool,
    /// Nothing passes, and nothing is told of that.
    stalls: bool,
    /// What each message of the program takes longer.
    delay: Duration,
    /// Grows when all connections are cut.
    cuts: u32,
    open: Vec<TcpStream>,
    /// No new connections are taken either.
    over: bool,
}

/// Words, and who says them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Words {
    /// The program.
    Asked(&'static str),
    /// The server.
    Answered(&'static str),
}

impl Network {
    pub(crate) fn to(cluster: &TempCluster) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let socket = cluster.socket_directory().join(format!(".s.PGSQL.{}", cluster.port()));
        let state = Arc::new(State { socket, weather: Mutex::default(), changed: Condvar::new() });
        let serving = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if serving.weather().over {
                    return;
                }
                serving.join(client);
            }
        });
        Self { port, state }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// A database behind it, with parameters as libpq knows them.
    pub(crate) fn uri(&self, database: &str, parameters: &str) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/{database}?{parameters}", self.port)
    }

    /// The next message with these words will stand still.
    pub(crate) fn stop_at(&self, words: Words) {
        self.state.weather().awaited = Some(words);
    }

    /// Waits until it does.
    #[track_caller]
    pub(crate) fn wait_until_stopped(&self) {
        let start = Instant::now();
        let mut weather = self.state.weather();
        while !weather.holds {
            assert!(start.elapsed() < WORDS_MAX, "nobody said {:?}", weather.awaited);
            weather = self.state.changed.wait_timeout(weather, Duration::from_millis(100)).unwrap().0;
        }
    }

    /// What stands still goes on.
    pub(crate) fn go_on(&self) {
        self.state.change(|weather| weather.holds = false);
    }

    /// Nothing passes any more, or again.
    pub(crate) fn stall(&self, stalls: bool) {
        self.state.change(|weather| weather.stalls = stalls);
    }

    pub(crate) fn delay(&self, delay: Duration) {
        self.state.change(|weather| weather.delay = delay);
    }

    /// Ends all connections; what stands still is lost. New ones pass.
    pub(crate) fn cut(&self) {
        self.state.change(|weather| {
            weather.cuts += 1;
            (weather.holds, weather.awaited) = (false, None);
            for stream in weather.open.drain(..) {
                // It may be closed already.
                let _ = stream.shutdown(Shutdown::Both);
            }
        });
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.cut();
        self.state.change(|weather| (weather.over, weather.stalls) = (true, false));
        // Wakes the listener.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl State {
    fn weather(&self) -> MutexGuard<'_, Weather> {
        self.weather.lock().unwrap()
    }

    fn change(&self, change: impl FnOnce(&mut Weather)) {
        change(&mut self.weather());
        self.changed.notify_all();
    }

    fn join(self: &Arc<Self>, client: TcpStream) {
        // A server that is down takes nobody.
        let Ok(server) = UnixStream::connect(&self.socket) else { return };
        let cuts = {
            let mut weather = self.weather();
            weather.open.push(client.try_clone().unwrap());
            weather.cuts
        };
        let (asking, answering) = (Arc::clone(self), Arc::clone(self));
        let (mut from_client, mut to_client) = (client.try_clone().unwrap(), client);
        let (mut from_server, mut to_server) = (server.try_clone().unwrap(), server);
        std::thread::spawn(move || {
            asking.pump(&mut from_client, &mut to_server, cuts, true);
            let _ = to_server.shutdown(Shutdown::Both);
        });
        std::thread::spawn(move || {
            answering.pump(&mut from_server, &mut to_client, cuts, false);
            let _ = to_client.shutdown(Shutdown::Both);
        });
    }

    /// Until either end is gone, or all is cut.
    fn pump(&self, from: &mut impl Read, to: &mut impl Write, cuts: u32, is_program: bool) {
        let mut buffer = [0; 1 << 16];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            if !self.passes(&buffer[..count], cuts, is_program) || to.write_all(&buffer[..count]).is_err() {
                return;
            }
        }
    }

    /// Lets a message stand for as long as it must; `false` where it is lost.
    fn passes(&self, message: &[u8], cuts: u32, is_program: bool) -> bool {
        let delay = self.weather().delay;
        if is_program && !delay.is_zero() {
            std::thread::sleep(delay);
        }
        let mut weather = self.weather();
        let mut stopped = weather.awaited.is_some_and(|words| words.are_in(message, is_program));
        if stopped {
            (weather.awaited, weather.holds) = (None, true);
            self.changed.notify_all();
        }
        while weather.cuts == cuts && (weather.stalls || (stopped && weather.holds)) {
            weather = self.changed.wait(weather).unwrap();
            stopped &= weather.holds;
        }
        weather.cuts == cuts
    }
}

impl Words {
    fn are_in(self, message: &[u8], is_program: bool) -> bool {
        let (words, by_program) = match self {
            Self::Asked(words) => (words, true),
            Self::Answered(words) => (words, false),
        };
        by_program == is_program && message.windows(words.len()).any(|window| window == words.as_bytes())
    }
}
