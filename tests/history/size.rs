//! A million runs: `cargo test --release --test history -- --ignored --nocapture one_million`.

use wfgen::history::{Filter, History};

use super::{at, folder};

/// A CSV of a million rows that is made while it is read.
struct MillionRows(u64, Vec<u8>);

impl std::io::Read for MillionRows {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.1.is_empty() && self.0 < 1_000_000 {
            self.0 += 1;
            let (n, created) = (self.0, at(self.0 as i64 * 60));
            let conclusion = if n % 7 == 0 { "failure" } else { "success" };
            self.1 = format!(
                "octo/repo-{},workflow {},push,branch-{},{created},{created},{},{conclusion},{n:040x},{},{n}\n",
                n % 10,
                n % 8,
                n % 1999,
                200 + n % 97,
                n % 300,
            )
            .into_bytes();
        }
        let read = buffer.len().min(self.1.len());
        buffer[..read].copy_from_slice(&self.1[..read]);
        self.1.drain(..read);
        Ok(read)
    }
}

#[test]
#[ignore = "a benchmark: a million runs take a minute without optimisation"]
fn one_million_runs_are_imported_and_read_in_seconds() {
    let (_folder, path) = folder();
    let history = History::open(&path).unwrap();
    let header =
        b"repo,workflow,event,branch,created_at,started_at,duration_s,conclusion,commit,actor,run_id\n";
    let time = |what: &str, work: &mut dyn FnMut() -> u64| {
        let began = std::time::Instant::now();
        assert_eq!(work(), 1_000_000);
        println!("{what}: {:.2} s", began.elapsed().as_secs_f64());
    };
    let import =
        || wfgen::runs::import::Import::new("million", MillionRows(0, header.to_vec()), None).unwrap();
    time("import", &mut || history.record_each(import(), |_| {}).unwrap().new);
    time("import again", &mut || history.record_each(import(), |_| {}).unwrap().unchanged);
    time("read", &mut || {
        let mut runs = 0;
        history.each_run(&Filter::default(), |_| Ok(runs += 1)).unwrap();
        runs
    });
}
