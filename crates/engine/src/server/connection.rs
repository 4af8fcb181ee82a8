//! One client: reads its requests, hands them on, writes the replies.
//!
//! The thread sleeps in poll until the client or a model has something. A client that does not read its replies, or asks
//! for too much at once, is not read from until it does; one that goes drops its requests.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::{
    Answer, Call, Embed, Generate, Hello, MAX_FRAME, Reply, Request, VERSION, decode, encode,
};
use rustix::event::{PollFd, PollFlags, poll};

use super::frames::Frames;
use super::outbox::Outbox;
use crate::answers::Answers;
use crate::engine::Engine;
use crate::fitting::Lesson;
use crate::interrupt::Interrupt;
use crate::models::Look;
use crate::request::{Job, Ticket};

/// Requests of one connection in progress at a time.
const MOST_OPEN: usize = 64;

/// A client says hello in a few bytes.
const HELLO_LIMIT: usize = 64;

const CHUNK: usize = 64 << 10;

pub struct Connection {
    stream: UnixStream,
    engine: Arc<Engine>,
    frames: Frames,
    outbox: Arc<Outbox>,
    /// Encoded and not yet written.
    outgoing: Vec<u8>,
    written: usize,
    open: HashMap<u64, Arc<Interrupt>>,
    greeted: bool,
}

/// Why a connection ends.
enum End {
    /// The client has gone.
    Closed,
    /// The client broke the protocol and is told so.
    Broken(Error),
}

impl Connection {
    pub fn new(stream: UnixStream, engine: Arc<Engine>) -> std::io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Connection {
            frames: Frames::new(engine.quota.clone(), HELLO_LIMIT),
            outbox: Arc::new(Outbox::new()?),
            stream,
            engine,
            outgoing: Vec::new(),
            written: 0,
            open: HashMap::new(),
            greeted: false,
        })
    }

    pub fn serve(mut self) {
        if let Err(End::Broken(error)) = self.exchange() {
            self.push(&Reply { id: 0, result: Err(error) });
            let _ = self.flush();
        }
        // Whatever is still in progress is for nobody.
        for interrupt in self.open.values() {
            interrupt.raise();
        }
    }

    fn exchange(&mut self) -> Result<(), End> {
        let mut chunk = vec![0u8; CHUNK];
        loop {
            self.collect();
            self.flush()?;
            let (client, bell) = self.wait()?;
            if bell {
                self.outbox.hush();
            }
            if client.contains(PollFlags::IN) {
                self.receive(&mut chunk)?;
            } else if client.intersects(PollFlags::HUP | PollFlags::RDHUP | PollFlags::ERR) {
                return Err(End::Closed);
            }
        }
    }

    /// Sleeps until something happens. What the client's side is ready for, and whether a reply is there.
    fn wait(&self) -> Result<(PollFlags, bool), End> {
        let mut wanted = PollFlags::RDHUP;
        if self.open.len() < MOST_OPEN && self.outgoing.is_empty() {
            wanted |= PollFlags::IN;
        }
        if !self.outgoing.is_empty() {
            wanted |= PollFlags::OUT;
        }
        let mut ready = [
            PollFd::from_borrowed_fd(self.stream.as_fd(), wanted),
            PollFd::from_borrowed_fd(self.outbox.bell(), PollFlags::IN),
        ];
        match poll(&mut ready, None) {
            Ok(_) => Ok((ready[0].revents(), !ready[1].revents().is_empty())),
            Err(rustix::io::Errno::INTR) => Ok((PollFlags::empty(), false)),
            Err(_) => Err(End::Closed),
        }
    }

    // Replies.

    /// Encodes finished replies, a few at a time: what the client has not read stays small.
    fn collect(&mut self) {
        while self.outgoing.len() - self.written < CHUNK {
            let Some(reply) = self.outbox.take() else { break };
            self.open.remove(&reply.id);
            self.push(&reply);
        }
    }

    fn push(&mut self, reply: &Reply) {
        let frame = encode(reply).or_else(|error| encode(&Reply { id: reply.id, result: Err(error) }));
        self.outgoing.extend(frame.unwrap_or_default());
    }

    fn flush(&mut self) -> Result<(), End> {
        while self.written < self.outgoing.len() {
            match self.stream.write(&self.outgoing[self.written..]) {
                Ok(0) => return Err(End::Closed),
                Ok(count) => self.written += count,
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(End::Closed),
            }
        }
        self.outgoing.clear();
        self.outgoing.shrink_to(CHUNK);
        self.written = 0;
        Ok(())
    }

    // Requests.

    fn receive(&mut self, chunk: &mut [u8]) -> Result<(), End> {
        match self.stream.read(chunk) {
            Ok(0) => return Err(End::Closed),
            Ok(count) => self.frames.push(&chunk[..count]),
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => return Ok(()),
            Err(_) => return Err(End::Closed),
        }
        if !self.greeted {
            let Some(hello) = self.frames.next(decode::<Hello>).map_err(End::Broken)? else { return Ok(()) };
            check_version(&hello).map_err(End::Broken)?;
            self.frames.set_limit(MAX_FRAME);
            self.greeted = true;
        }
        while let Some(request) = self.frames.next(decode::<Request>).map_err(End::Broken)? {
            self.handle(request)?;
        }
        Ok(())
    }

    fn handle(&mut self, request: Request) -> Result<(), End> {
        let id = request.id;
        match request.call {
            Call::Ping => self.push(&Reply { id, result: Ok(Answer::Pong) }),
            Call::Status => self.push(&Reply { id, result: Ok(Answer::Status(self.engine.status())) }),
            Call::Inspect(model) => self.look(id, Look::Model(model))?,
            Call::InspectGraph(graph) => self.look(id, Look::Graph(graph))?,
            Call::ReadGraph { path } => self.look(id, Look::Read(path))?,
            Call::Score(call) => {
                let ticket = self.ticket(id)?;
                self.engine.scoring.submit(call, ticket);
            }
            Call::Embed(call) => self.embed(id, call)?,
            Call::Generate(call) => self.generate(id, call)?,
            Call::Fit(call) => self.fit(id, Lesson::Rows(call))?,
            Call::FitTexts(call) => self.fit(id, Lesson::Texts(call))?,
        }
        Ok(())
    }

    fn look(&mut self, id: u64, look: Look) -> Result<(), End> {
        let ticket = self.ticket(id)?;
        self.engine.models.look(look, ticket);
        Ok(())
    }

    fn embed(&mut self, id: u64, call: Embed) -> Result<(), End> {
        let model = call.model.clone();
        let job = Job::Embed(call, self.ticket(id)?);
        self.engine.models.submit(&model, job);
        Ok(())
    }

    fn generate(&mut self, id: u64, call: Generate) -> Result<(), End> {
        let mut ticket = self.ticket(id)?;
        if let Some(key) = Answers::key(&call) {
            if let Some(answer) = self.engine.answers.find(&key) {
                ticket.answer(Ok(Answer::Generated(answer)));
                return Ok(());
            }
            ticket.keep(self.engine.answers.clone(), key);
        }
        let model = call.model.clone();
        self.engine.models.submit(&model, Job::Generate(call, ticket));
        Ok(())
    }

    fn fit(&mut self, id: u64, lesson: Lesson) -> Result<(), End> {
        let ticket = self.ticket(id)?;
        self.engine.fits.start(lesson, ticket);
        Ok(())
    }

    fn ticket(&mut self, id: u64) -> Result<Ticket, End> {
        let interrupt = Arc::new(Interrupt::default());
        if id == 0 || self.open.insert(id, interrupt.clone()).is_some() {
            return Err(End::Broken(Error::new(
                Code::ProtocolViolation,
                format!("request {id} is in progress already, or not a number from 1 on"),
            )));
        }
        Ok(Ticket::new(id, interrupt, self.outbox.clone()))
    }
}

fn check_version(hello: &Hello) -> Result<()> {
    if hello.version == VERSION {
        return Ok(());
    }
    Err(Error::new(
        Code::ProtocolViolation,
        format!(
            "the extension speaks version {} of the protocol and the engine version {VERSION}",
            hello.version
        ),
    )
    .hint("Install the extension and the engine of one version, then restart the server."))
}
