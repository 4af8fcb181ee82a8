//! Layout `shared_kv`: a run reads and extends keys and values in place, rows of a batch may differ in length.
//!
//! Inputs input_ids[B,S], seqlens_k[B] (length − 1 of each row after the run), total_len (the longest of them),
//! logit_idx[M] (the positions of B×S whose logits are wanted), past_k_i and past_v_i; outputs logits[M,V] and
//! present_k_i, present_v_i, which are the same memory as the past ones (com.microsoft.GroupQueryAttention).

use std::ffi::CString;
use std::sync::Arc;

use ort::session::Session;
use pg_journey_core::kernel::Result;

use super::arena::{Arena, Dimensions, Kept};
use super::bound::{Binding, RunOptions, broken, name};
use super::decoder::Decoder;
use super::outlets::check_sizes;
use crate::interrupt::{Interrupt, Stoppable};
use crate::log_line;
use crate::manifest::Architecture;

pub struct SharedKv {
    // The bindings point into the arena and the buffers: declared first, dropped first.
    staging: View,
    batch: View,
    session: Session,
    options: Arc<RunOptions>,
    arena: Arena,
    names: Names,
    vocabulary: usize,
    /// Tokens that the staging slot holds, and the beginning of them that others share.
    staged: usize,
    beginning: Option<Arc<Kept>>,
    rows: Vec<Row>,
}

struct Row {
    length: usize,
    beginning: Option<Arc<Kept>>,
}

/// A binding over some slots, with the small tensors of its runs.
struct View {
    binding: Binding,
    /// How many slots the state is bound for; the bindings of 100 tensors are renewed only when it changes.
    bound: usize,
    tokens: Vec<i64>,
    seqlens: Vec<i32>,
    total: Box<i32>,
    wanted: Vec<i64>,
    logits: Vec<f32>,
}

struct Names {
    tokens: CString,
    seqlens: CString,
    total: CString,
    wanted: CString,
    logits: CString,
    past: Vec<CString>,
    present: Vec<CString>,
}

impl Names {
    fn new(layers: usize) -> Result<Self> {
        let planes = |stem: &str| -> Result<Vec<CString>> {
            (0..layers)
                .flat_map(|i| [format!("{stem}_k_{i}"), format!("{stem}_v_{i}")])
                .map(|n| name(&n))
                .collect()
        };
        Ok(Names {
            tokens: name("input_ids")?,
            seqlens: name("seqlens_k")?,
            total: name("total_len")?,
            wanted: name("logit_idx")?,
            logits: name("logits")?,
            past: planes("past")?,
            present: planes("present")?,
        })
    }
}

impl View {
    fn new(session: &Session, rows: usize, vocabulary: usize) -> Result<Self> {
        Ok(View {
            binding: Binding::new(session)?,
            bound: 0,
            tokens: Vec::new(),
            seqlens: Vec::new(),
            total: Box::new(0),
            wanted: Vec::new(),
            logits: vec![0.0; rows * vocabulary],
        })
    }

    /// Binds keys and values of `slots` slots from `first` on.
    fn bind_state(&mut self, arena: &mut Arena, names: &Names, first: usize, slots: usize) -> Result<()> {
        if self.bound == slots {
            return Ok(());
        }
        // Half of the planes may be bound when one fails.
        self.bound = 0;
        let d = arena.dimensions();
        let shape = [slots as i64, d.heads as i64, d.positions as i64, d.head_size as i64];
        for plane in 0..d.planes {
            let data = arena.plane(plane, first);
            // SAFETY: the arena outlives the bindings (see the order of fields) and holds the slots.
            unsafe {
                self.binding.input(&names.past[plane], data, &shape)?;
                self.binding.output(&names.present[plane], data, &shape)?;
            }
        }
        self.bound = slots;
        Ok(())
    }

    /// Binds the tokens of a run: `rows` rows of equal length, of each of which the last position's logits are wanted.
    fn bind_tokens(&mut self, names: &Names, rows: usize, vocabulary: usize) -> Result<()> {
        let steps = self.tokens.len() / rows;
        self.wanted.clear();
        self.wanted.extend((1..=rows).map(|row| (row * steps) as i64 - 1));
        *self.total = self.seqlens.iter().copied().max().unwrap_or(0) + 1;
        let batch = [rows as i64];
        // SAFETY: the vectors stay as they are until the run is over, and hold what the shapes say.
        unsafe {
            self.binding.input(&names.tokens, self.tokens.as_mut_ptr(), &[rows as i64, steps as i64])?;
            self.binding.input(&names.seqlens, self.seqlens.as_mut_ptr(), &batch)?;
            self.binding.input(&names.total, &raw mut *self.total, &[])?;
            self.binding.input(&names.wanted, self.wanted.as_mut_ptr(), &batch)?;
            self.binding.output(&names.logits, self.logits.as_mut_ptr(), &[rows as i64, vocabulary as i64])
        }
    }
}

impl SharedKv {
    pub fn new(session: Session, a: Architecture, context: usize, max_rows: usize) -> Result<Self> {
        let names = Names::new(a.layers)?;
        check_names(&session, &names)?;
        check_shapes(&session, a, context)?;
        let arena = largest_arena(a, context, max_rows)?;
        let rows = arena.dimensions().slots - 1;
        Ok(SharedKv {
            staging: View::new(&session, 1, a.vocabulary)?,
            batch: View::new(&session, rows, a.vocabulary)?,
            options: RunOptions::new()?,
            session,
            arena,
            names,
            vocabulary: a.vocabulary,
            staged: 0,
            beginning: None,
            rows: Vec::new(),
        })
    }

    fn staging_slot(&self) -> usize {
        self.arena.dimensions().slots - 1
    }

    /// Makes a slot hold what another does.
    fn copy(&mut self, from: usize, to: usize, length: usize, beginning: Option<&Kept>) {
        let shared = beginning.map_or(0, |kept| kept.positions);
        if let Some(kept) = beginning {
            self.arena.put(to, kept);
        }
        self.arena.copy(from, to, shared..length);
    }
}

/// Room for `max_rows` texts, or for fewer where the system counts address space as memory (vm.overcommit_memory 2).
fn largest_arena(a: Architecture, positions: usize, max_rows: usize) -> Result<Arena> {
    let (planes, heads, head_size) = (2 * a.layers, a.kv_heads, a.head_size);
    let mut rows = max_rows;
    loop {
        match Arena::new(Dimensions { planes, slots: rows + 1, heads, positions, head_size }) {
            Err(error) if rows > 1 => {
                rows /= 2;
                log_line!("{error}; trying with {rows} texts at a time");
            }
            arena => return arena,
        }
    }
}

/// Names that the graph lacks are found when the model is loaded, not at the first request.
fn check_names(session: &Session, names: &Names) -> Result<()> {
    let inputs = names.past.iter().chain([&names.tokens, &names.seqlens, &names.total, &names.wanted]);
    let outputs = names.present.iter().chain([&names.logits]);
    for (wanted, outlets) in
        inputs.map(|n| (n, session.inputs())).chain(outputs.map(|n| (n, session.outputs())))
    {
        if !outlets.iter().any(|outlet| outlet.name().as_bytes() == wanted.as_bytes()) {
            return Err(broken(format!("the graph has no {:?}", wanted.to_string_lossy())));
        }
    }
    Ok(())
}

fn check_shapes(session: &Session, a: Architecture, context: usize) -> Result<()> {
    let state = [None, Some(a.kv_heads), Some(context), Some(a.head_size)];
    for layer in 0..a.layers {
        check_sizes(session.inputs(), &format!("past_k_{layer}"), &state)?;
        check_sizes(session.inputs(), &format!("past_v_{layer}"), &state)?;
    }
    check_sizes(session.outputs(), "logits", &[None, Some(a.vocabulary)])
}

impl Decoder for SharedKv {
    type Saved = Arc<Kept>;

    fn max_rows(&self) -> usize {
        self.arena.dimensions().slots - 1
    }

    fn context(&self) -> usize {
        self.arena.dimensions().positions
    }

    fn position_bytes(&self) -> usize {
        self.arena.dimensions().position_bytes()
    }

    fn held_bytes(&self) -> usize {
        self.arena.held_bytes()
    }

    fn clear(&mut self) -> Result<()> {
        (self.staged, self.beginning) = (0, None);
        Ok(())
    }

    fn extend(&mut self, tokens: &[u32], interrupt: &Interrupt) -> Result<&[f32]> {
        let (slot, length) = (self.staging_slot(), self.staged + tokens.len());
        let view = &mut self.staging;
        view.tokens.clear();
        view.tokens.extend(tokens.iter().map(|token| i64::from(*token)));
        view.seqlens.clear();
        view.seqlens.push(length as i32 - 1);
        view.bind_state(&mut self.arena, &self.names, slot, 1)?;
        view.bind_tokens(&self.names, 1, self.vocabulary)?;
        self.arena.touch(slot, length);
        let run: Arc<dyn Stoppable> = self.options.clone();
        interrupt.during(run, || view.binding.run(&mut self.session, &self.options))?;
        self.staged = length;
        Ok(&self.staging.logits)
    }

    fn save(&mut self) -> Option<Arc<Kept>> {
        match self.arena.keep(self.staging_slot(), self.staged) {
            Ok(kept) => {
                let kept = Arc::new(kept);
                self.restore(&kept);
                Some(kept)
            }
            Err(e) => {
                log_line!("a shared beginning is not kept: {e}");
                None
            }
        }
    }

    fn restore(&mut self, saved: &Arc<Kept>) {
        self.arena.put(self.staging_slot(), saved);
        (self.staged, self.beginning) = (saved.positions, Some(saved.clone()));
    }

    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn launch(&mut self) {
        let beginning = self.beginning.clone();
        self.copy(self.staging_slot(), self.rows.len(), self.staged, beginning.as_deref());
        self.rows.push(Row { length: self.staged, beginning });
    }

    fn step(&mut self, tokens: &[u32], interrupt: Option<&Interrupt>) -> Result<&[f32]> {
        let rows = self.rows.len();
        let view = &mut self.batch;
        view.tokens.clear();
        view.tokens.extend(tokens.iter().map(|token| i64::from(*token)));
        view.seqlens.clear();
        view.seqlens.extend(self.rows.iter().map(|row| row.length as i32));
        view.bind_state(&mut self.arena, &self.names, 0, rows)?;
        view.bind_tokens(&self.names, rows, self.vocabulary)?;
        for (slot, row) in self.rows.iter_mut().enumerate() {
            row.length += 1;
            self.arena.touch(slot, row.length);
        }
        let mut run = || view.binding.run(&mut self.session, &self.options);
        match interrupt {
            Some(interrupt) => interrupt.during(self.options.clone(), run)?,
            None => run()?,
        }
        Ok(&self.batch.logits[..rows * self.vocabulary])
    }

    fn finish(&mut self, row: usize) {
        self.rows.swap_remove(row);
        if let Some(Row { length, beginning }) = self.rows.get(row) {
            let (length, beginning) = (*length, beginning.clone());
            self.copy(self.rows.len(), row, length, beginning.as_deref());
        }
    }

    fn rest(&mut self) -> Result<()> {
        self.arena.release_from(self.rows.len());
        self.clear()
    }
}
