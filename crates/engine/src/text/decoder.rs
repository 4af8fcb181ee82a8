//! What the scheduler needs of a text model, whatever the layout of its graph.

use pg_journey_core::kernel::Result;

use crate::interrupt::Interrupt;

/// A prompt is read into the *staging* slot; texts being written are *rows* `0..rows()`, kept without gaps.
pub trait Decoder: Send {
    /// The state of a prompt's beginning, kept to be put back.
    type Saved: Send;

    fn max_rows(&self) -> usize;
    fn context(&self) -> usize;
    /// Memory of one token of one text.
    fn position_bytes(&self) -> usize;
    /// Memory that rows and staging take.
    fn held_bytes(&self) -> usize;

    /// Empties the staging slot.
    fn clear(&mut self) -> Result<()>;
    /// Reads tokens after those that staging holds. The logits after the last one, if it was read to the end.
    fn extend(&mut self, tokens: &[u32], interrupt: &Interrupt) -> Result<&[f32]>;
    /// What staging holds; nothing where the system does not let it be kept.
    fn save(&mut self) -> Option<Self::Saved>;
    fn restore(&mut self, saved: &Self::Saved);

    fn rows(&self) -> usize;
    /// Makes a new last row of what staging holds.
    fn launch(&mut self);
    /// Appends a token to each row. The logits after it, row after row.
    fn step(&mut self, tokens: &[u32], interrupt: Option<&Interrupt>) -> Result<&[f32]>;
    /// Ends a row; the last row takes its place.
    fn finish(&mut self, row: usize);

    /// Gives back the memory of what is not in use; staging is empty afterwards.
    fn rest(&mut self) -> Result<()>;
}
