//! Logs of jobs: the files of GitHub's archive, what `gh run view --log` writes, or any text.

use std::collections::BTreeMap;

use crate::insight::sources::Source;

/// The log of one job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobLog {
    /// The name of the job, or of the file where nothing names one.
    pub job: String,
    /// The text.
    pub text: String,
}

/// The logs in files: in GitHub's archive `3_Test (linux).txt` is a job's whole log, and `Test (linux)/4_Run it.txt`
/// that of a step, which is only used where the whole is missing. Text of `gh run view --log` has the job in each line.
pub fn job_logs(sources: Vec<Source>) -> Vec<JobLog> {
    let mut whole: BTreeMap<String, String> = BTreeMap::new();
    let mut steps: BTreeMap<String, Vec<(u32, String)>> = BTreeMap::new();
    for source in sources {
        if let Some(jobs) = of_gh(&source.text) {
            for (job, text) in jobs {
                *whole.entry(job).or_default() += &text;
            }
            continue;
        }
        let path =
            source.name.strip_suffix(".txt").or(source.name.strip_suffix(".log")).unwrap_or(&source.name);
        match path.rsplit_once('/') {
            Some((folder, file)) if numbered(file).is_some() => {
                let job = folder.rsplit('/').next().unwrap_or(folder).to_owned();
                let number = numbered(file).map_or(0, |(number, _)| number);
                steps.entry(job).or_default().push((number, source.text));
            }
            _ => {
                let file = path.rsplit('/').next().unwrap_or(path);
                let job = numbered(file).map_or(file, |(_, name)| name);
                *whole.entry(job.to_owned()).or_default() += &source.text;
            }
        }
    }
    for (job, mut texts) in steps {
        texts.sort_by_key(|(number, _)| *number);
        let known = whole.keys().any(|name| same(name, &job));
        if !known {
            whole.insert(job, texts.into_iter().map(|(_, text)| text).collect());
        }
    }
    whole.into_iter().map(|(job, text)| JobLog { job, text }).collect()
}

/// Whether a job's name and a file's are the same but for what a file's name cannot have.
pub(super) fn same(job: &str, file: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    letters(job) == letters(file)
}

fn numbered(file: &str) -> Option<(u32, &str)> {
    let (number, name) = file.split_once('_')?;
    Some((number.parse().ok()?, name))
}

/// The jobs of a text in which each line is `job <tab> step <tab> text`.
fn of_gh(text: &str) -> Option<Vec<(String, String)>> {
    let first = text.lines().next()?;
    let time = first.splitn(3, '\t').nth(2)?.trim_start_matches('\u{feff}');
    if time.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    let mut jobs: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        let job = line.split('\t').next().unwrap_or_default();
        if jobs.last().is_none_or(|(name, _)| name != job) {
            jobs.push((job.to_owned(), String::new()));
        }
        if let Some((_, text)) = jobs.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    Some(jobs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, text: &str) -> Source {
        Source { name: name.into(), text: text.into() }
    }

    #[test]
    fn the_archive_gives_each_job_one_log() {
        let logs = job_logs(vec![
            source("0_build.txt", "whole"),
            source("build/1_Set up job.txt", "part"),
            source("Test (linux, 20)/10_Run tests.txt", "second"),
            source("Test (linux, 20)/2_Checkout.txt", "first "),
        ]);
        let said: Vec<_> = logs.iter().map(|log| (log.job.as_str(), log.text.as_str())).collect();
        assert_eq!(said, [("Test (linux, 20)", "first second"), ("build", "whole")]);
    }

    #[test]
    fn the_text_of_gh_is_split_by_job() {
        let text = "a\ts\t2026-01-02T03:04:05.1Z x\nb\ts\t2026-01-02T03:04:05.1Z y\n";
        let logs = job_logs(vec![source("log", text)]);
        assert_eq!(logs.iter().map(|log| log.job.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    }
}
