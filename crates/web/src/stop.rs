//! How a server ends: it waits for what is being saved or pushed, tells who asks that it is going, and
//! then stops. Bounded, so that a system that waits for it need not kill it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use actix_web::rt::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;
use tracing::{info, warn};

/// How long saves and pushes under way may still take. Systems that stop a service wait 90 s.
const FINISH_TIME: Duration = Duration::from_secs(30);

/// How often it is looked whether they are done.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Whether the server is going, and what it still does.
#[derive(Debug, Default)]
pub struct Stopping {
    is_going: AtomicBool,
    under_way: AtomicUsize,
}

/// A save or a push that is under way, until the value is dropped.
#[derive(Debug)]
pub struct UnderWay(Arc<Stopping>);

impl Stopping {
    pub fn is_going(&self) -> bool {
        self.is_going.load(Ordering::Acquire)
    }

    pub fn begin(self: &Arc<Self>) -> UnderWay {
        self.under_way.fetch_add(1, Ordering::AcqRel);
        UnderWay(Arc::clone(self))
    }

    /// Ends when the system or a person at the terminal asks for it, and nothing is being written any
    /// more. A second signal ends the waiting.
    pub async fn asked(self: Arc<Self>) {
        let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::quit()];
        let mut signals = Vec::new();
        for kind in kinds {
            match signal(kind) {
                Ok(signal) => signals.push(signal),
                Err(error) => warn!("a signal can't be waited for: {error}"),
            }
        }
        next(&mut signals).await;
        self.is_going.store(true, Ordering::Release);
        let until = Instant::now() + FINISH_TIME;
        while self.under_way.load(Ordering::Acquire) > 0 {
            if Instant::now() > until {
                warn!("something was still being saved or pushed after {} s", FINISH_TIME.as_secs());
                break;
            }
            if tokio::time::timeout(LOOK_EVERY, next(&mut signals)).await.is_ok() {
                break;
            }
        }
        info!("stopping");
    }
}

/// Waits for any of them.
async fn next(signals: &mut [Signal]) {
    std::future::poll_fn(|context| match signals.iter_mut().any(|signal| signal.poll_recv(context).is_ready()) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::AcqRel);
    }
}
