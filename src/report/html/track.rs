//! The page of `wfgen track report`.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;

use super::chart::{self, Chart, Line, Span, Stack, Unit};
use super::escape;
use crate::insight::summary::{Change, Group, JobLine, TrackReport};
use crate::report::text::{self, Of, count, counted, dollars, percent, seconds};
use crate::report::track_report::{before, price, runner};
use crate::{Error, Result};

/// The workflows that have charts of their own; the table has all.
const CHARTED: usize = 8;
/// The workflows of the table.
const LISTED: usize = 30;
/// The runners that have a colour of their own.
const COLOURS: usize = 4;

/// A number at the top of the page.
#[derive(Debug, Serialize)]
struct Tile {
    name: &'static str,
    value: String,
    spread: String,
    change: String,
    tone: &'static str,
}

/// A workflow with its charts.
#[derive(Debug, Serialize)]
struct Card {
    name: String,
    facts: String,
    tone: &'static str,
    change: String,
    duration: Option<Chart>,
    success: Option<Chart>,
}

/// A section that is a chart.
#[derive(Debug, Serialize)]
struct Figure {
    title: &'static str,
    lead: String,
    chart: Chart,
}

/// A section that is a table.
#[derive(Debug, Serialize)]
struct Table {
    title: &'static str,
    lead: String,
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

/// Renders the page.
///
/// # Errors
/// None that a report can cause: the template is part of the program.
pub fn page(report: &TrackReport) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    // The same escape as in the charts, which also leaves out what no page should have.
    environment.set_formatter(|out, _, value| {
        let text = value.to_string();
        let written = if value.is_safe() { out.write_str(&text) } else { out.write_str(&escape(&text)) };
        written.map_err(minijinja::Error::from)
    });
    let template = environment.template_from_str(include_str!("track.html"));
    let rendered = template.and_then(|template| {
        template.render(context! {
            title => report.title(),
            span => report.span(),
            runs => counted(report.overall.runs, "run"),
            empty => report.overall.runs == 0,
            simulated => report.simulated_note(),
            style => include_str!("page.css"),
            tiles => Serde(tiles(report)),
            cards => Serde(cards(report)),
            figures => Serde(figures(report)),
            tables => Serde(tables(report)),
            cost_notes => report.cost.as_ref().map(|cost| cost.notes.clone()),
            prices => report.cost.as_ref().map(|cost| vec![cost.source, cost.as_of]),
        })
    });
    rendered.map_err(|error| Error::bug(format!("the page of the report: {error}")))
}

fn tone(change: &Change, of: Of) -> &'static str {
    match change {
        Change::Measured { change, clear: true, .. } => {
            let more = change.value > if of == Of::Time { 1.0 } else { 0.0 };
            if more == (of == Of::Success) { "up" } else { "down" }
        }
        _ => "flat",
    }
}

fn tiles(report: &TrackReport) -> Vec<Tile> {
    let all = &report.overall;
    let rate = &all.success;
    let mut tiles = vec![Tile {
        name: "Success rate",
        value: rate.rate.map_or_else(|| "-".to_owned(), percent),
        spread: format!("{} to {}, n = {}", percent(rate.low), percent(rate.high), count(rate.n)),
        change: text::change_sentence(&all.success_change, Of::Success),
        tone: tone(&all.success_change, Of::Success),
    }];
    let time = |name, spread: &crate::insight::summary::Spread, change: &Change| Tile {
        name,
        value: spread.median.map_or_else(|| "-".to_owned(), |m| seconds(m.value)),
        spread: match (spread.median, spread.p90) {
            (Some(_), Some(p90)) => format!("90 % within {}, n = {}", seconds(p90.value), count(spread.n)),
            (Some(_), None) => format!("n = {}", count(spread.n)),
            _ => text::not_enough(spread.n, spread.need.0, "runs"),
        },
        change: text::change_sentence(change, Of::Time),
        tone: tone(change, Of::Time),
    };
    tiles.push(time("Median duration", &all.duration, &all.duration_change));
    if all.queue.n > 0 {
        tiles.push(time("Median wait for a runner", &all.queue, &all.queue_change));
    }
    if let Some(cost) = &report.cost {
        tiles.push(Tile {
            name: "Cost at list price",
            value: dollars(cost.usd),
            spread: format!("{} billed minutes, {}", count(cost.billed_minutes), counted(cost.jobs, "job")),
            change: format!(
                "{}; {} for jobs that did not succeed",
                before(cost),
                dollars(cost.usd_unsuccessful)
            ),
            tone: "flat",
        });
    }
    tiles
}

fn cards(report: &TrackReport) -> Vec<Card> {
    let span = Span::of(report);
    let card = |(i, group): (usize, &Group)| Card {
        name: report.name(&group.repository, &group.workflow),
        facts: format!(
            "{}, {} successful, median {}",
            counted(group.runs, "run"),
            group.success.rate.map_or_else(|| "none".to_owned(), percent),
            text::median(&group.duration),
        ),
        tone: tone(&group.duration_change, Of::Time),
        change: text::change_sentence(&group.duration_change, Of::Time),
        duration: chart::durations(&format!("d{i}"), group, &span),
        success: chart::successes(&format!("w{i}"), group, &span),
    };
    report
        .workflows
        .iter()
        .filter(|group| group.duration.median.is_some())
        .take(CHARTED)
        .enumerate()
        .map(card)
        .collect()
}

fn figures(report: &TrackReport) -> Vec<Figure> {
    let mut figures = Vec::new();
    let span = Span::of(report);
    let mut add = |title, lead: String, chart: Option<Chart>| {
        figures.extend(chart.map(|chart| Figure { title, lead, chart }));
    };
    let several = report.workflows.len() > 1;
    let successes = several.then(|| chart::successes("s", &report.overall, &span)).flatten();
    add("Success rate", "All workflows.".into(), successes);
    let a_job = |of: &dyn Fn(&crate::insight::summary::Bin) -> f64| -> Vec<f64> {
        report.bins.iter().map(|bin| if bin.jobs > 0 { of(bin) / bin.jobs as f64 } else { 0.0 }).collect()
    };
    let stacks = [
        Stack { class: "s0".into(), name: "running".into(), values: a_job(&|bin| bin.run_seconds) },
        Stack {
            class: "s2".into(),
            name: "waiting for a runner".into(),
            values: a_job(&|bin| bin.queue_seconds),
        },
    ];
    let title = "Queue and run";
    add(
        title,
        "Mean time of a job.".into(),
        chart::stacked("q", "Mean time of a job", &span, &stacks, Unit::Seconds),
    );
    let line = |job: &JobLine| Line {
        name: job.job.clone(),
        of: report.name(&job.repository, &job.workflow),
        value: job.total,
        said: seconds(job.total),
    };
    let jobs: Vec<Line> = report.time_by_job.iter().map(line).collect();
    add(
        "Where the time goes",
        "By job, all runs together.".into(),
        chart::bars("j", "Run time by job", &jobs),
    );
    let line = |group: &Group| Line {
        name: group.workflow.clone(),
        of: group.repository.clone(),
        value: group.total,
        said: format!("{}, {}", seconds(group.total), counted(group.runs, "run")),
    };
    let shown = if several { report.workflows.as_slice() } else { &[] };
    let workflows: Vec<Line> = shown.iter().take(10).map(line).collect();
    add(
        "Run time by workflow",
        "All runs together.".into(),
        chart::bars("t", "Run time by workflow", &workflows),
    );
    let stacks = cost_stacks(report);
    let days = report.period.bin_days;
    let each = if days == 1 { "Each day".to_owned() } else { format!("Every {days} days") };
    add(
        "Cost",
        format!("{each}, by runner."),
        chart::stacked("c", "Cost by runner", &span, &stacks, Unit::Dollars),
    );
    figures
}

fn cost_stacks(report: &TrackReport) -> Vec<Stack> {
    let Some(cost) = &report.cost else { return Vec::new() };
    let mut stacks: Vec<Stack> = Vec::new();
    for (i, line) in cost.runners.iter().filter(|line| line.usd > 0.0).enumerate() {
        if i < COLOURS {
            let (class, name) = (format!("s{i}"), runner(&line.labels));
            stacks.push(Stack { class, name, values: line.by_bin.clone() });
        } else if i == COLOURS {
            stacks.push(Stack { class: "s4".into(), name: "others".into(), values: line.by_bin.clone() });
        } else if let Some(others) = stacks.last_mut() {
            others.values.iter_mut().zip(&line.by_bin).for_each(|(sum, usd)| *sum += usd);
        }
    }
    stacks
}

fn tables(report: &TrackReport) -> Vec<Table> {
    let mut tables = vec![Table {
        title: "Workflows",
        lead: match report.workflows.len() {
            n if n > LISTED => {
                format!("The {LISTED} of {n} with the most time. Durations are those of successful runs.")
            }
            _ => "Durations are those of successful runs.".to_owned(),
        },
        columns: vec!["Workflow", "Runs", "Success", "Median", "90 % within", "Change"],
        rows: report
            .workflows
            .iter()
            .take(LISTED)
            .map(|group| {
                vec![
                    report.name(&group.repository, &group.workflow),
                    count(group.runs),
                    text::rate(&group.success),
                    text::median(&group.duration),
                    text::p90(&group.duration),
                    text::change(&group.duration_change, Of::Time).0,
                ]
            })
            .collect(),
    }];
    tables.push(Table {
        title: "Slowest jobs",
        lead: "By median.".into(),
        columns: vec!["Job", "Workflow", "Median", "90 % within", "Success", "Wait", "Total"],
        rows: report
            .slowest_jobs
            .iter()
            .map(|job| {
                vec![
                    job.job.clone(),
                    report.name(&job.repository, &job.workflow),
                    text::median(&job.duration),
                    text::p90(&job.duration),
                    text::rate(&job.success),
                    text::middle(&job.queue),
                    seconds(job.total),
                ]
            })
            .collect(),
    });
    tables.push(Table {
        title: "Slowest steps",
        lead: "By median.".into(),
        columns: vec!["Step", "Job", "Median", "90 % within", "Total"],
        rows: report
            .slowest_steps
            .iter()
            .map(|step| {
                vec![
                    step.step.clone(),
                    step.job.clone(),
                    text::median(&step.duration),
                    text::p90(&step.duration),
                    seconds(step.total),
                ]
            })
            .collect(),
    });
    tables.push(Table {
        title: "Flaky jobs",
        lead: "Failed, then succeeded on the same commit.".into(),
        columns: vec!["Job", "Workflow", "Of commits", "Wasted", "Last"],
        rows: report
            .flaky
            .iter()
            .map(|job| {
                vec![
                    job.job.clone(),
                    report.name(&job.repository, &job.workflow),
                    text::rate(&job.rate),
                    seconds(job.wasted),
                    job.last.strftime("%Y-%m-%d").to_string(),
                ]
            })
            .collect(),
    });
    if let Some(cost) = &report.cost {
        tables.push(Table {
            title: "Cost by runner",
            lead: "GitHub rounds each job up to whole minutes.".into(),
            columns: vec!["Runner", "Jobs", "Minutes", "Billed minutes", "A minute", "Cost"],
            rows: cost
                .runners
                .iter()
                .take(20)
                .map(|line| {
                    vec![
                        runner(&line.labels),
                        count(line.jobs),
                        count(line.minutes.round() as u64),
                        count(line.billed_minutes),
                        price(line.price),
                        dollars(line.usd),
                    ]
                })
                .collect(),
        });
    }
    tables.retain(|table| !table.rows.is_empty());
    tables
}
