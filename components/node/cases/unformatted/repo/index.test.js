const test = require('node:test')
const assert = require('node:assert')

test('adds one', () => assert.equal(require('.')(1), 2))
