//! A line of threads that all want the same done, where whoever is first does it for many.
//!
//! One thread leads at a time. It serves its own question and those that wait behind it, each waiting
//! thread sleeps until it has its answer, and when the leader is done, the first that came meanwhile leads.
//! So nobody waits for a thread of its own, and nobody who has an answer waits for the line. What is asked
//! and answered is not known here.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What the first waits for others at most: the time in which an answer goes out and the next question
/// comes in, a tenth of what serving takes.
const GATHER_MAX: Duration = Duration::from_millis(2);

/// Who waits, and whether somebody leads.
pub(crate) struct Line<Q, A> {
    standing: Mutex<Standing<Q, A>>,
    came: Condvar,
}

struct Standing<Q, A> {
    led: bool,
    waiting: VecDeque<Arc<Ticket<Q, A>>>,
    /// Questions that were served together the last time.
    n_last: usize,
}

/// One question on its way to an answer.
pub(crate) struct Ticket<Q, A> {
    pub(crate) question: Q,
    state: Mutex<State<A>>,
    called: Condvar,
}

enum State<A> {
    Waiting,
    /// It is this one's turn to serve.
    Leads,
    Answered(A),
    /// Whoever served it broke off.
    Lost,
}

/// Those that are served now. Dropping it, after a panic too, lets nobody wait for ever.
struct Served<'l, Q, A> {
    line: &'l Line<Q, A>,
    tickets: Vec<Arc<Ticket<Q, A>>>,
}

impl<Q, A> Default for Line<Q, A> {
    fn default() -> Self {
        let standing = Standing { led: false, waiting: VecDeque::new(), n_last: 0 };
        Line { standing: Mutex::new(standing), came: Condvar::new() }
    }
}

impl<Q, A> Line<Q, A> {
    /// Asks, and waits for the answer. `serve` is called on one of the asking threads at a time with at
    /// most `most` questions, in the order in which they came; it answers each. `None` when it did not.
    pub(crate) fn ask(&self, question: Q, most: usize, serve: impl Fn(&[Arc<Ticket<Q, A>>])) -> Option<A> {
        let ticket = Ticket::new(question);
        if !self.lead_or_join(&ticket) && !ticket.waits_to_lead() {
            return ticket.taken();
        }
        let served = Served { line: self, tickets: self.those_behind(&ticket, most) };
        serve(&served.tickets);
        drop(served);
        ticket.taken()
    }

    fn lead_or_join(&self, ticket: &Arc<Ticket<Q, A>>) -> bool {
        let mut standing = lock(&self.standing);
        if standing.led {
            standing.waiting.push_back(Arc::clone(ticket));
            self.came.notify_all();
            return false;
        }
        standing.led = true;
        true
    }

    /// Where several were served together the last time, they may ask again: for so many it waits a
    /// little, since those that come too late wait for a whole turn. Who asks alone never waits here.
    fn those_behind(&self, leader: &Arc<Ticket<Q, A>>, most: usize) -> Vec<Arc<Ticket<Q, A>>> {
        let standing = lock(&self.standing);
        let too_few = |standing: &mut Standing<Q, A>| standing.waiting.len() + 1 < standing.n_last;
        let gathered = self.came.wait_timeout_while(standing, GATHER_MAX, too_few);
        let (mut standing, _) = gathered.unwrap_or_else(PoisonError::into_inner);
        let n_behind = standing.waiting.len().min(most.saturating_sub(1));
        standing.n_last = n_behind + 1;
        std::iter::once(Arc::clone(leader)).chain(standing.waiting.drain(..n_behind)).collect()
    }
}

impl<Q, A> Ticket<Q, A> {
    pub(crate) fn new(question: Q) -> Arc<Ticket<Q, A>> {
        Arc::new(Ticket { question, state: Mutex::new(State::Waiting), called: Condvar::new() })
    }

    /// Ends the wait of whoever asked this.
    pub(crate) fn answer(&self, answer: A) {
        self.become_state(State::Answered(answer));
    }

    fn become_state(&self, state: State<A>) {
        *lock(&self.state) = state;
        self.called.notify_all();
    }

    /// Sleeps until it is called: to lead, or for its answer.
    fn waits_to_lead(&self) -> bool {
        let waiting = |state: &mut State<A>| matches!(state, State::Waiting);
        let state = self.called.wait_while(lock(&self.state), waiting).unwrap_or_else(PoisonError::into_inner);
        matches!(*state, State::Leads)
    }

    /// The answer, once; `None` when there is none.
    pub(crate) fn taken(&self) -> Option<A> {
        match std::mem::replace(&mut *lock(&self.state), State::Lost) {
            State::Answered(answer) => Some(answer),
            _ => None,
        }
    }
}

impl<Q, A> Drop for Served<'_, Q, A> {
    fn drop(&mut self) {
        for ticket in &self.tickets {
            let mut state = lock(&ticket.state);
            if matches!(*state, State::Waiting | State::Leads) {
                *state = State::Lost;
                ticket.called.notify_all();
            }
        }
        let next = {
            let mut standing = lock(&self.line.standing);
            let next = standing.waiting.pop_front();
            standing.led = next.is_some();
            next
        };
        if let Some(next) = next {
            next.become_state(State::Leads);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What these guard is replaced whole: a panic leaves it usable.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::panic::AssertUnwindSafe;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    fn n_waiting(line: &Line<usize, usize>) -> usize {
        lock(&line.standing).waiting.len()
    }

    #[test]
    fn everybody_gets_their_own_answer_and_many_are_served_at_once() {
        let line: Line<usize, usize> = Line::default();
        let (n_turns, serving) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let serve = |tickets: &[Arc<Ticket<usize, usize>>]| {
            assert_eq!(serving.fetch_add(1, Ordering::SeqCst), 0, "one leads at a time");
            assert!(tickets.len() <= 4);
            n_turns.fetch_add(1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(1));
            tickets.iter().for_each(|ticket| ticket.answer(ticket.question * 2));
            serving.fetch_sub(1, Ordering::SeqCst);
        };
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let (line, serve) = (&line, &serve);
                scope.spawn(move || {
                    for n in 0..40 {
                        let question = thread * 1_000 + n;
                        assert_eq!(line.ask(question, 4, serve), Some(question * 2));
                    }
                });
            }
        });
        assert!(n_turns.load(Ordering::SeqCst) < 8 * 40, "some were served together");
        assert!(!lock(&line.standing).led);
    }

    #[test]
    fn a_leader_that_breaks_off_or_forgets_somebody_leaves_nobody_waiting() {
        let line: Line<usize, usize> = Line::default();
        let begun = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let broken = scope.spawn(|| {
                let asked = std::panic::catch_unwind(AssertUnwindSafe(|| {
                    line.ask(0, 4, |_| {
                        begun.store(1, Ordering::SeqCst);
                        while n_waiting(&line) < 3 {
                            std::thread::yield_now();
                        }
                        panic!("on purpose");
                    })
                }));
                assert!(asked.is_err());
            });
            while begun.load(Ordering::SeqCst) == 0 {
                std::thread::yield_now();
            }
            // The first of them leads next, and answers nobody but the second.
            let behind: Vec<_> = (1..4)
                .map(|n| {
                    let asked = scope.spawn({
                        let line = &line;
                        move || {
                            line.ask(n, 4, |tickets: &[Arc<Ticket<usize, usize>>]| {
                                tickets
                                    .iter()
                                    .filter(|ticket| ticket.question == 2)
                                    .for_each(|ticket| ticket.answer(7));
                            })
                        }
                    });
                    while n_waiting(&line) < n && !broken.is_finished() {
                        std::thread::yield_now();
                    }
                    asked
                })
                .collect();
            let answers: Vec<_> = behind.into_iter().map(|asked| asked.join().expect("ends")).collect();
            assert_eq!(answers, [None, Some(7), None]);
        });
        assert_eq!(line.ask(5, 4, |tickets| tickets.iter().for_each(|ticket| ticket.answer(6))), Some(6));
    }
}
