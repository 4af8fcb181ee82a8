//! Text models: a prompt goes in, candidates come out.

mod arena;
mod bound;
mod decoder;
mod logits;
mod outlets;
mod past_kv;
mod prefix;
mod row;
mod sampler;
mod scheduler;
mod shared_kv;
mod vocabulary;
mod work;

pub use decoder::Decoder;
pub use past_kv::PastKv;
pub use scheduler::Scheduler;
pub use shared_kv::SharedKv;
pub use vocabulary::Vocabulary;
