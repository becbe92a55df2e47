//! Floor programs: the least that does the same work. Durable, where ours is, and with nothing around it: no queue, no
//! audit thoughts, no second engine; a statement is prepared once and kept, an answer is made once. What our programs
//! cost above this is the price of the house.

pub(crate) mod ceremony;
pub(crate) mod http;
pub(crate) mod postgres;
pub(crate) mod sqlite;
