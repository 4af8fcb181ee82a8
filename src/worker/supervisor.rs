//! Keeps one engine process running: starts it, waits until it answers, starts it again when it dies or hangs.

use std::fs;
use std::io;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::files;
use super::pulse::{self, Pulse};
use crate::settings::EngineSettings;

/// How often a starting engine is asked whether it answers.
const START_POLL: Duration = Duration::from_millis(20);
/// An engine that lived this long died of something new: it is started again at once.
const HEALTHY: Duration = Duration::from_secs(10);
/// The first wait after a quick death; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The longest wait for an engine that did answer: calls may be waiting for it.
const LONGEST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait for one that never answered: something must be mended first, and a reload tries again at once.
const LONGEST_WAIT_UNSTARTED: Duration = Duration::from_secs(60);
/// How long an engine may take to end by itself.
const STOP_PATIENCE: Duration = Duration::from_millis(100);

pub struct Supervisor {
    settings: EngineSettings,
    state: State,
    quick_deaths: u32,
}

enum State {
    Waiting { until: Instant },
    Starting { child: Child, since: Instant },
    Running { child: Child, since: Instant, pulse: Pulse },
}

impl Supervisor {
    pub fn new(settings: EngineSettings) -> Supervisor {
        Supervisor { settings, state: State::Waiting { until: Instant::now() }, quick_deaths: 0 }
    }

    /// Does what is due and says after which time to come back at the latest.
    pub fn step(&mut self, now: Instant) -> Duration {
        match &mut self.state {
            State::Waiting { until } if now < *until => *until - now,
            State::Waiting { .. } => self.start(now),
            State::Starting { child, since } => match ended(child) {
                Some(end) => {
                    let lived = now - *since;
                    self.unstarted(
                        now,
                        &format!(
                            "it ended while starting ({}) after {} ms",
                            describe(end),
                            lived.as_millis()
                        ),
                    )
                }
                None => self.welcome(now),
            },
            State::Running { child, since, pulse } => match ended(child) {
                Some(end) => {
                    let lived = now - *since;
                    self.died(now, end, lived)
                }
                None => pulse.feel(now).unwrap_or_else(|| {
                    kill_hanging(child);
                    *pulse = Pulse::new(now);
                    START_POLL
                }),
            },
        }
    }

    /// Takes changed settings over by a new process, and tries again at once what failed before.
    pub fn reload(&mut self, settings: EngineSettings) {
        let changed = settings != self.settings;
        self.settings = settings;
        if changed {
            self.stop();
        }
        if changed || matches!(self.state, State::Waiting { .. }) {
            self.quick_deaths = 0;
            self.state = State::Waiting { until: Instant::now() };
        }
    }

    /// Ends the process with the server's, without waiting until its memory is given back: that takes a second where it
    /// holds gigabytes, and the shutdown would wait for the launcher as long.
    pub fn leave(&mut self) {
        let (State::Starting { child, .. } | State::Running { child, .. }) = &mut self.state else {
            return;
        };
        drop(child.stdin.take());
        let began = Instant::now();
        while !is_ending(child) {
            if began.elapsed() > STOP_PATIENCE {
                let _ = child.kill();
                break;
            }
            sleep(Duration::from_millis(2));
        }
    }

    /// Ends the process: by itself if it is quick, by force if not. It keeps nothing that could be lost.
    pub fn stop(&mut self) {
        let (State::Starting { child, .. } | State::Running { child, .. }) = &mut self.state else {
            return;
        };
        drop(child.stdin.take());
        let began = Instant::now();
        while ended(child).is_none() {
            if began.elapsed() > STOP_PATIENCE {
                // A process that is gone already cannot be killed, and needs not be.
                let _ = child.kill();
                let _ = child.wait();
                break;
            }
            sleep(Duration::from_millis(5));
        }
        self.state = State::Waiting { until: Instant::now() };
    }

    fn start(&mut self, now: Instant) -> Duration {
        files::clear_engine_failure();
        match spawn(&self.settings) {
            Ok(child) => {
                self.state = State::Starting { child, since: now };
                START_POLL
            }
            Err(e) => {
                let path = self.settings.engine.display().to_string();
                self.unstarted(now, &format!("\"{path}\" cannot be run: {e}"))
            }
        }
    }

    /// Whether the starting engine answers by now.
    fn welcome(&mut self, now: Instant) -> Duration {
        if UnixStream::connect(files::SOCKET).is_err() {
            return START_POLL;
        }
        let state = std::mem::replace(&mut self.state, State::Waiting { until: Instant::now() });
        if let State::Starting { child, since } = state {
            pgrx::debug1!("pg_journey engine started, pid {}", child.id());
            self.state = State::Running { child, since, pulse: Pulse::new(now) };
        }
        START_POLL
    }

    fn died(&mut self, now: Instant, end: ExitStatus, lived: Duration) -> Duration {
        self.quick_deaths = if lived < HEALTHY { self.quick_deaths + 1 } else { 0 };
        let wait = backoff(self.quick_deaths, LONGEST_WAIT);
        pgrx::log!(
            "pg_journey engine ended ({}) after {} s; it starts again in {} ms",
            describe(end),
            lived.as_secs(),
            wait.as_millis()
        );
        self.state = State::Waiting { until: now + wait };
        wait
    }

    fn unstarted(&mut self, now: Instant, reason: &str) -> Duration {
        self.quick_deaths += 1;
        let wait = backoff(self.quick_deaths, LONGEST_WAIT_UNSTARTED);
        pgrx::log!("pg_journey engine does not start: {reason}; next attempt in {} ms", wait.as_millis());
        if let Err(e) = files::report_engine_failure(reason) {
            pgrx::log!("pg_journey cannot write to its folder in the data directory: {e}");
        }
        self.state = State::Waiting { until: now + wait };
        wait
    }
}

fn backoff(quick_deaths: u32, longest: Duration) -> Duration {
    match quick_deaths {
        0 => Duration::ZERO,
        n => FIRST_WAIT.saturating_mul(1 << (n - 1).min(16)).min(longest),
    }
}

fn ended(child: &mut Child) -> Option<ExitStatus> {
    // An error means that there is no such child any more, which cannot happen while we hold it unreaped.
    child.try_wait().ok().flatten()
}

/// Whether the process has begun to end: its first thread is gone. Were the launcher gone before, the kernel would kill
/// it, and a server that is the system's first process would take that for a crash of its own.
fn is_ending(child: &Child) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.id()));
    stat.map_or(true, |stat| stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with(['Z', 'X'])))
}

/// Its end is then noticed like any other.
fn kill_hanging(child: &mut Child) {
    pgrx::log!("pg_journey engine has not answered for {} s; it is killed", pulse::PATIENCE.as_secs());
    if let Err(e) = child.kill() {
        pgrx::log!("pg_journey engine, pid {}, cannot be killed: {e}", child.id());
    }
}

fn describe(end: ExitStatus) -> String {
    match (end.code(), end.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "unknown cause".to_owned(),
    }
}

/// Runs the engine with nothing of ours but its standard error, which goes to the server's log. It closes what else it
/// inherits first thing, ends when its input does, and is killed by the kernel when the launcher dies.
fn spawn(settings: &EngineSettings) -> io::Result<Child> {
    let mut command = Command::new(&settings.engine);
    command.arg("--socket").arg(files::SOCKET).arg("--onnxruntime").arg(&settings.onnxruntime);
    for folder in &settings.model_folders {
        command.arg("--model-dir").arg(folder);
    }
    command.arg("--threads").arg(threads(settings.threads).to_string());
    command.arg("--memory-mb").arg(settings.memory_mb.to_string());
    command.arg("--max-batch").arg(settings.max_batch.to_string());

    // ONNX Runtime reads its telemetry switch from the environment when it is loaded; nothing else is passed on.
    command.env_clear().env("ORT_DISABLE_TELEMETRY", "1").env("LANG", "C.UTF-8");
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::inherit());

    command.spawn()
}

fn threads(setting: i32) -> usize {
    match usize::try_from(setting) {
        Ok(0) | Err(_) => std::thread::available_parallelism().map_or(1, usize::from),
        Ok(threads) => threads,
    }
}
