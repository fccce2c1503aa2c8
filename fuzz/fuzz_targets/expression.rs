//! No text makes the expression parser panic, overflow the stack or hang.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wfgen::workflow::expression;

fuzz_target!(|text: &str| {
    for body in
        [text].into_iter().chain(expression::find(text).unwrap_or_default().iter().map(|found| found.body))
    {
        if let Ok(expression) = expression::parse(body) {
            expression.contexts().iter().for_each(|context| {
                expression::is_untrusted(context);
            });
            let _ = (expression.data_contexts(), expression.status_functions(), expression.is_constant());
        }
    }
    let _ = (expression::whole(text), expression::parse_condition(text).is_ok(), expression::contexts(text));
});
