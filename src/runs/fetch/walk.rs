//! The order in which a repository's list of runs is read: from the newest run back, page by page, around what is known.
//!
//! GitHub numbers its pages from the newest run, so pages shift while they are read. New runs push known ones onto
//! the next page, where their ids are met again; deleted runs pull unread ones onto a page that is already
//! read, which shows as a smaller total without an overlap, and then the walk steps back. A search gives 1,000 results
//! at most, so after ten pages the walk goes on with a search for what is older
//! (<https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-repository>).

use std::collections::HashSet;

use jiff::Timestamp;

use super::coverage::Coverage;

/// How many runs a page is asked to have; GitHub's most.
pub(super) const PER_PAGE: u64 = 100;
/// How many pages of one search GitHub gives.
const PAGES: u32 = 10;

/// How many pages in a row may bring nothing new before the walk ends: a server that repeats itself has no end.
const STALE: u32 = 10;

/// What the walk has to know of a page that was read.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// Every run's id and when it came to be.
    pub runs: Vec<(u64, Timestamp)>,
    /// How many entries could not be read.
    pub unreadable: u64,
    /// How many runs the server has for this search.
    pub total: Option<u64>,
    /// Whether the server names a next page; none when it names no pages at all.
    pub next: Option<bool>,
}

impl Seen {
    /// How many entries the page has.
    pub(super) fn entries(&self) -> u64 {
        self.runs.len() as u64 + self.unreadable
    }

    /// Whether there is a next page, when `entries` were on the pages of this search so far.
    pub(super) fn more(&self, entries: u64) -> bool {
        self.next.unwrap_or_else(|| match self.total {
            Some(total) => entries < total && self.entries() > 0,
            None => self.entries() >= PER_PAGE,
        })
    }
}

/// What a page turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It follows what was read before without a gap.
    Follows,
    /// Runs may be missing between it and what was read before: it is to be dropped.
    Gap,
}

/// Which runs are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Want {
    /// Those that came to be from here on; none for all.
    pub since: Option<Timestamp>,
    /// What came to be from here on is read again although it is covered, because it may have been re-run; none for
    /// nothing.
    pub again_since: Option<Timestamp>,
}

/// A walk through the list of runs.
#[derive(Debug)]
pub(super) struct Walk {
    want: Want,
    /// The search: what came to be until here; none for the plain list.
    until: Option<Timestamp>,
    /// The page of the search to read, from 1, and what was read before it.
    place: Place,
    /// The last page of the plain list that was read.
    plain: Place,
    /// Whether this search gave anything new.
    fresh: bool,
    /// How many pages in a row gave nothing new.
    stale: u32,
    ids: HashSet<u64>,
    oldest: Option<Timestamp>,
    ignores_search: bool,
    state: State,
}

/// A place in the pages of a search.
#[derive(Debug, Clone, Copy)]
struct Place {
    page: u32,
    /// How many entries the pages before had.
    entries: u64,
    /// How many runs the server had for the search at the page before.
    total: Option<u64>,
}

const FIRST: Place = Place { page: 1, entries: 0, total: None };

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Reading,
    Done,
    Exhausted,
}

impl Walk {
    pub(super) fn new(want: Want) -> Self {
        Walk {
            want,
            until: None,
            place: FIRST,
            plain: FIRST,
            fresh: false,
            stale: 0,
            ids: HashSet::new(),
            oldest: None,
            ignores_search: false,
            state: State::Reading,
        }
    }

    /// The query of the next page, or nothing when the walk is over.
    pub(super) fn query(&self) -> Option<String> {
        (self.state == State::Reading).then(|| {
            let mut query = format!("per_page={PER_PAGE}&page={}", self.place.page);
            match (self.until, self.want.since) {
                (Some(until), Some(since)) => query.push_str(&format!("&created={since:.0}..{until:.0}")),
                (Some(until), None) => query.push_str(&format!("&created=%3C%3D{until:.0}")),
                (None, _) => {}
            }
            query
        })
    }

    /// Whether the next page is the first of the plain list, whose address never changes.
    pub(super) fn at_head(&self) -> bool {
        self.until.is_none() && self.place.page == 1
    }

    /// When the oldest run that was met came to be; everything after it has been met.
    pub(super) fn oldest(&self) -> Option<Timestamp> {
        self.oldest
    }

    /// Whether the server has nothing older.
    pub(super) fn exhausted(&self) -> bool {
        self.state == State::Exhausted
    }

    /// Whether a run was met.
    pub(super) fn has_met(&self, id: u64) -> bool {
        self.ids.contains(&id)
    }

    /// Takes the page that [`Walk::query`] asked for.
    pub(super) fn take(&mut self, page: &Seen) -> Verdict {
        let beyond = |until: Timestamp| page.runs.iter().any(|(_, created)| *created > until);
        if self.until.is_some_and(beyond) {
            self.ignores_search = true;
            self.search(None, self.plain);
            return Verdict::Gap;
        }
        let overlaps = page.runs.iter().any(|(id, _)| self.ids.contains(id));
        let shrunk = match (self.place.total, page.total) {
            (Some(before), Some(now)) => before.saturating_sub(now),
            _ => 0,
        };
        self.place.total = page.total;
        if self.place.page > 1 && shrunk > 0 && !overlaps {
            let before = u64::from(self.place.page - 1);
            let size = (self.place.entries / before).max(1);
            let back = before.saturating_sub(shrunk.div_ceil(size));
            self.place.page = u32::try_from(back + 1).unwrap_or(1);
            self.place.entries = size * back;
            return Verdict::Gap;
        }
        let before = self.ids.len();
        self.ids.extend(page.runs.iter().map(|(id, _)| *id));
        let brings = self.ids.len() > before;
        self.fresh |= brings;
        self.stale = if brings { 0 } else { self.stale + 1 };
        let oldest = page.runs.iter().map(|(_, created)| *created).min();
        self.oldest = [self.oldest, oldest].into_iter().flatten().min();
        self.turn(page.entries());
        Verdict::Follows
    }

    /// Takes it that the first page is what it was, with these runs.
    pub(super) fn take_unchanged(&mut self, ids: impl IntoIterator<Item = u64>, oldest: Option<Timestamp>) {
        self.ids.extend(ids);
        self.oldest = oldest;
        self.fresh = true;
        self.turn(self.ids.len() as u64);
    }

    /// Moves on behind the page that was taken last, given what is covered by now.
    pub(super) fn advance(&mut self, page: &Seen, covered: &Coverage) {
        if self.oldest.zip(self.want.since).is_some_and(|(oldest, since)| oldest < since) {
            self.state = State::Done;
            return;
        }
        let again = |oldest: Timestamp| self.want.again_since.is_some_and(|since| oldest >= since);
        if let Some(span) = self.oldest.filter(|oldest| !again(*oldest)).and_then(|t| covered.around(t)) {
            match span.after {
                Some(after) if self.want.since.is_none_or(|since| since <= after) => {
                    self.oldest = Some(after);
                    if !self.ignores_search {
                        self.search(Some(after), FIRST);
                        return;
                    }
                }
                _ => {
                    self.state = State::Done;
                    return;
                }
            }
        }
        let more = page.more(self.place.entries);
        let unread = page.total.is_some_and(|total| self.place.entries < total);
        let can_search = self.fresh && !self.ignores_search && self.oldest != self.until;
        if can_search && (more && self.place.page > PAGES || !more && unread) {
            self.search(self.oldest, FIRST);
        } else if self.stale > STALE {
            self.state = State::Done;
        } else if !more {
            // Less than the server says it has is no proof that nothing older is there.
            self.state = if unread { State::Done } else { State::Exhausted };
        }
    }

    /// Goes to the next page.
    fn turn(&mut self, entries: u64) {
        self.place.page += 1;
        self.place.entries += entries;
        if self.until.is_none() {
            self.plain = self.place;
        }
    }

    fn search(&mut self, until: Option<Timestamp>, place: Place) {
        (self.until, self.place, self.fresh) = (until, place, false);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::coverage::Span;
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// A list of runs, newest first, as a server with small pages gives it.
    #[derive(Debug)]
    struct List {
        runs: Vec<(u64, i64)>,
        size: usize,
        search: usize,
        searches: bool,
        links: bool,
        totals: bool,
    }

    impl List {
        fn page(&self, query: &str) -> Seen {
            let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name));
            let page: usize = value("page=").unwrap().parse().unwrap();
            let until =
                value("created=%3C%3D").filter(|_| self.searches).map(|t| t.parse::<Timestamp>().unwrap());
            let found: Vec<(u64, Timestamp)> =
                self.runs.iter().map(|(id, created)| (*id, at(*created))).collect();
            let found: Vec<_> = found
                .into_iter()
                .filter(|(_, created)| until.is_none_or(|until| *created <= until))
                .collect();
            let given = if until.is_some() { found.len().min(self.search) } else { found.len() };
            Seen {
                runs: found[..given].iter().skip(self.size * (page - 1)).take(self.size).copied().collect(),
                unreadable: 0,
                total: self.totals.then_some(found.len() as u64),
                next: self.links.then_some(self.size * page < given),
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

        #[test]
        fn a_walk_meets_every_run_that_stays(
            runs in 0u64..120,
            (size, pages) in (3usize..9, 3usize..9),
            (searches, links) in (any::<bool>(), any::<bool>()),
            together in 1i64..4,
            known in prop::option::of((0i64..60, 0i64..60)),
            changes in prop::collection::vec((0usize..60, 0usize..4, 0u64..3), 0..40),
        ) {
            let created = |id: u64| 10 * (id as i64 / together);
            let runs: Vec<_> = (1..=runs).rev().map(|id| (id, created(id))).collect();
            let mut list =
                List { runs, size, search: size * pages, searches, links, totals: true };
            let mut covered = Coverage::default();
            if let Some((after, until)) = known {
                covered.add(Span { after: Some(at(10 * after)), until: at(10 * until) });
            }
            let is_covered = covered.clone();
            let oldest_first = list.runs.first().map(|(_, created)| *created);
            let mut walk = Walk::new(Want::default());
            let mut met = HashSet::new();
            let mut changes = changes.into_iter();
            let mut requests = 0;
            while let Some(query) = walk.query() {
                requests += 1;
                prop_assert!(requests < 500, "no end");
                let page = list.page(&query);
                if walk.take(&page) == Verdict::Follows {
                    met.extend(page.runs.iter().map(|(id, _)| *id));
                    walk.advance(&page, &covered);
                }
                if let Some((place, gone, more)) = changes.next() {
                    let from = place.min(list.runs.len());
                    list.runs.drain(from..(place + gone).min(list.runs.len()));
                    for _ in 0..more {
                        let id = list.runs.first().map_or(200, |(id, _)| id.max(&200) + 1);
                        list.runs.insert(0, (id, created(id)));
                    }
                }
            }
            // What came to be after the first page was read is not what this walk is for.
            let stays = list.runs.iter().filter(|(id, created)| *id <= 120 && Some(*created) <= oldest_first);
            for (id, created) in stays {
                let held = met.contains(id) || is_covered.around(at(*created)).is_some();
                prop_assert!(held, "{id} was not met");
            }
        }
    }
}
