//! A way to a server by TCP that a test opens and shuts.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use waxwork_fixtures::TempCluster;

/// A port of this machine that leads to a cluster's socket while it is open. The server takes who comes for local.
pub(crate) struct Gate {
    port: u16,
    socket: PathBuf,
    shut: Arc<AtomicBool>,
}

impl Gate {
    /// A port at which nobody listens yet.
    pub(crate) fn shut(cluster: &TempCluster) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let socket = cluster.socket_directory().join(format!(".s.PGSQL.{}", cluster.port()));
        Self { port, socket, shut: Arc::new(AtomicBool::new(false)) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn uri(&self, database: &str) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Listens, and hands on bytes both ways.
    pub(crate) fn open(&self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).unwrap();
        let (socket, shut) = (self.socket.clone(), Arc::clone(&self.shut));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if shut.load(Ordering::Relaxed) {
                    return;
                }
                join(client.unwrap(), UnixStream::connect(&socket).unwrap());
            }
        });
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.shut.store(true, Ordering::Relaxed);
        // Wakes the listener, where there is one.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn join(client: TcpStream, server: UnixStream) {
    let (mut from_client, mut to_client) = (client.try_clone().unwrap(), client);
    let (mut from_server, mut to_server) = (server.try_clone().unwrap(), server);
    std::thread::spawn(move || {
        pump(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Both);
    });
    std::thread::spawn(move || {
        pump(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Both);
    });
}

/// Until either end is gone.
fn pump(from: &mut impl Read, to: &mut impl Write) {
    let mut buffer = [0; 1 << 16];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..count]).is_err() {
            return;
        }
    }
}
