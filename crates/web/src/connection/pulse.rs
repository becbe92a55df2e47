//! What a connection has been doing lately, and when we lose patience with it.
//!
//! hyper's own header timer does not run while it waits for the first bytes, counts an idle connection like a slow
//! one, and costs a timer for each request. Here are three counters, read every few seconds.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::Version;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Limits;

#[derive(Default)]
pub(super) struct Pulse {
    /// Requests whose headers came in whole.
    begun: AtomicU64,
    ended: AtomicU64,
    reads: AtomicU64,
    /// The reads up to the end of the last request: what comes later belongs to the next.
    settled: AtomicU64,
    is_multiplexed: AtomicBool,
}

impl Pulse {
    /// A request has begun; it ends with the returned value.
    pub(super) fn beat(self: &Arc<Self>, version: Version) -> Beat {
        if version == Version::HTTP_2 {
            self.is_multiplexed.store(true, Relaxed);
        }
        self.begun.fetch_add(1, Relaxed);
        Beat(Arc::clone(self))
    }
}

pub(super) struct Beat(Arc<Pulse>);

impl Drop for Beat {
    fn drop(&mut self) {
        self.0.settled.store(self.0.reads.load(Relaxed), Relaxed);
        self.0.ended.fetch_add(1, Relaxed);
    }
}

/// Looks at a pulse every [`tick`](Patience::tick).
pub(super) struct Patience {
    limits: Limits,
    begun: u64,
    /// Ticks in a row without a request.
    still: u32,
    is_heading: bool,
}

/// Ticks until a header is too slow: the truth lies between one tick less and this.
const TICKS_PER_HEADER: u32 = 2;

impl Patience {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, begun: 0, still: 0, is_heading: true }
    }

    pub(super) fn tick(&self) -> Duration {
        (self.limits.header / TICKS_PER_HEADER).max(Duration::from_millis(1))
    }

    /// Is it time to part? A connection with a request in flight is left alone: its route has a time limit.
    pub(super) fn is_over(&mut self, pulse: &Pulse) -> bool {
        let (begun, ended) = (pulse.begun.load(Relaxed), pulse.ended.load(Relaxed));
        if begun != ended || begun != self.begun {
            (self.begun, self.still, self.is_heading) = (begun, 0, false);
            return false;
        }
        // Bytes after a request that are no request yet are the next one's headers; in HTTP/2 they may be anything.
        let more_came = pulse.reads.load(Relaxed) != pulse.settled.load(Relaxed);
        if !self.is_heading && more_came && !pulse.is_multiplexed.load(Relaxed) {
            (self.still, self.is_heading) = (0, true);
        }
        self.still += 1;
        let ticks = if self.is_heading { TICKS_PER_HEADER } else { self.ticks_of_idleness() };
        self.still >= ticks
    }

    fn ticks_of_idleness(&self) -> u32 {
        let ticks = self.limits.idle.as_nanos() / self.tick().as_nanos();
        u32::try_from(ticks).unwrap_or(u32::MAX).max(1)
    }
}

/// A stream that counts its reads.
pub(super) struct Watched<S> {
    stream: S,
    pulse: Arc<Pulse>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, pulse: Arc<Pulse>) -> Self {
        Self { stream, pulse }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if read.is_ready() {
            self.pulse.reads.fetch_add(1, Relaxed);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patience() -> Patience {
        let (header, idle) = (Duration::from_secs(10), Duration::from_secs(75));
        Patience::new(Limits { connections: 1, per_address: 1, header, idle, grace: Duration::ZERO })
    }

    /// After how many ticks patience is over, at most a hundred.
    fn ticks_until_over(patience: &mut Patience, pulse: &Pulse, each: impl Fn()) -> Option<usize> {
        (1..=100).find(|_| {
            each();
            patience.is_over(pulse)
        })
    }

    #[test]
    fn f15_a_first_request_that_dribbles_is_over_after_the_header_time() {
        let pulse = Pulse::default();
        let read = || _ = pulse.reads.fetch_add(1, Relaxed);
        assert_eq!(ticks_until_over(&mut patience(), &pulse, read), Some(2));
        assert_eq!(ticks_until_over(&mut patience(), &Pulse::default(), || ()), Some(2), "and so is silence");
    }

    #[test]
    fn an_idle_connection_is_kept_longer_and_a_later_slow_header_is_not() {
        let (pulse, mut patience) = (Arc::new(Pulse::default()), patience());
        drop(pulse.beat(Version::HTTP_11));
        assert!(!patience.is_over(&pulse));
        assert_eq!(ticks_until_over(&mut patience, &pulse, || ()), Some(15));

        drop(pulse.beat(Version::HTTP_11));
        assert!(!patience.is_over(&pulse));
        for _ in 0..10 {
            assert!(!patience.is_over(&pulse), "idle for 50 seconds");
        }
        pulse.reads.fetch_add(1, Relaxed);
        assert_eq!(ticks_until_over(&mut patience, &pulse, || ()), Some(2), "a header that began and does not end");
    }

    #[test]
    fn a_request_in_flight_is_never_over_and_http_2_may_chat() {
        let (pulse, mut patience) = (Arc::new(Pulse::default()), patience());
        let beat = pulse.beat(Version::HTTP_2);
        assert_eq!(ticks_until_over(&mut patience, &pulse, || ()), None);
        drop(beat);
        let ping = || _ = pulse.reads.fetch_add(1, Relaxed);
        assert_eq!(ticks_until_over(&mut patience, &pulse, ping), Some(15));
    }
}
