//! A non-blocking connection to the engine that moves whole frames.

use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::{self, Hello, Reply};
use serde::Serialize;
use socket2::{Domain, SockAddr, Socket, Type};

use crate::worker::files;

/// Read buffer of one step; larger frames take several.
const CHUNK: usize = 64 << 10;

pub struct Link {
    stream: UnixStream,
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    /// How much of `outgoing` the socket took.
    sent: usize,
    last_id: u64,
}

impl Link {
    /// Connects without blocking: a listener whose queue is full gives `WouldBlock`.
    pub fn connect() -> io::Result<Link> {
        let socket = Socket::new(Domain::UNIX, Type::STREAM.nonblocking().cloexec(), None)?;
        socket.connect(&SockAddr::unix(files::SOCKET)?)?;
        let mut link = Link {
            stream: UnixStream::from(std::os::fd::OwnedFd::from(socket)),
            incoming: Vec::new(),
            outgoing: Vec::new(),
            sent: 0,
            last_id: 0,
        };
        link.queue(&Hello { version: protocol::VERSION }).map_err(io::Error::other)?;
        Ok(link)
    }

    pub fn socket(&self) -> RawFd {
        self.stream.as_raw_fd()
    }

    /// Ids start at 1: the engine answers with 0 what concerns the connection as a whole.
    pub fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub fn queue<T: Serialize>(&mut self, message: &T) -> Result<()> {
        self.outgoing.append(&mut protocol::encode(message)?);
        Ok(())
    }

    pub fn has_output(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// Writes what the socket takes now.
    pub fn flush(&mut self) -> Result<()> {
        while self.sent < self.outgoing.len() {
            match self.stream.write(&self.outgoing[self.sent..]) {
                Ok(0) => return Err(broken()),
                Ok(count) => self.sent += count,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(broken()),
            }
        }
        self.outgoing.clear();
        self.sent = 0;
        Ok(())
    }

    /// Reads what has arrived, at most one chunk. `false`: nothing was there.
    pub fn fill(&mut self) -> Result<bool> {
        let start = self.incoming.len();
        self.incoming.resize(start + CHUNK, 0);
        let outcome = self.stream.read(&mut self.incoming[start..]);
        self.incoming.truncate(start + *outcome.as_ref().unwrap_or(&0));
        match outcome {
            Ok(0) => Err(broken()),
            Ok(_) => Ok(true),
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(false),
            Err(_) => Err(broken()),
        }
    }

    /// The next whole reply that has been read.
    pub fn take_reply(&mut self) -> Result<Option<Reply>> {
        let Some(head) = self.incoming.first_chunk::<4>() else {
            return Ok(None);
        };
        let end = 4 + protocol::body_length(*head)?;
        if self.incoming.len() < end {
            return Ok(None);
        }
        let reply = protocol::decode(&self.incoming[4..end])?;
        self.incoming.drain(..end);
        Ok(Some(reply))
    }

    /// Whether an idle connection can be used again: the engine is there and has nothing to say.
    pub fn is_idle(&mut self) -> bool {
        self.outgoing.is_empty() && matches!(self.fill(), Ok(false)) && self.incoming.is_empty()
    }

    /// Gives back the memory of a large message.
    pub fn shrink(&mut self) {
        self.incoming.shrink_to(CHUNK);
        self.outgoing.shrink_to(CHUNK);
    }
}

fn broken() -> Error {
    Error::new(Code::ConnectionFailure, "the engine stopped while it worked on this call")
        .hint("It restarts by itself; run the statement again. The server's log says why it stopped.")
}
