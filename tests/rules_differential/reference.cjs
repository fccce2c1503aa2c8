// Runs json-rules-engine over cases, one JSON value per line in and one per line out.
'use strict'

const { createInterface } = require('node:readline')
const { Engine } = require('json-rules-engine')

const own = (object, key) => Object.prototype.hasOwnProperty.call(object, key)

/** A condition of a rule result as plain JSON, with the result of groups too. */
function plain (condition) {
  const { priority, name, fact, operator, value, path, params, factResult, valueResult, result } = condition
  const out = { priority: priority || undefined, name, result }
  const group = ['any', 'all', 'not'].find(key => own(condition, key))
  if (group === 'not') return { ...out, not: plain(condition.not) }
  if (group) return { ...out, [group]: condition[group].map(plain) }
  if (own(condition, 'condition')) return { ...out, condition: condition.condition }
  return { ...out, fact, operator, value, path, params, factResult, valueResult }
}

async function run ({ rules, conditions, facts, options }) {
  const engine = new Engine(rules, options)
  for (const name of Object.keys(conditions)) engine.setCondition(name, conditions[name])
  const { results, failureResults, events } = await engine.run(facts)
  const outcomes = {}
  for (const rule of [...results, ...failureResults]) {
    outcomes[rule.name] = { ...plain(rule.conditions), result: rule.result }
  }
  return { events, outcomes }
}

// Of several faults in one rule the engine awaits only the first.
process.on('unhandledRejection', () => {})

async function main () {
  for await (const line of createInterface({ input: process.stdin })) {
    let answer
    try {
      answer = await run(JSON.parse(line))
    } catch (error) {
      answer = { error: String(error) }
    }
    // Half of a surrogate pair is no JSON that others read.
    const wellFormed = (_, value) => typeof value === 'string' ? value.toWellFormed() : value
    process.stdout.write(JSON.stringify(answer, wellFormed) + '\n')
  }
}

main()
