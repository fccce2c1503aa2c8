const test = require('node:test');
const round = require('..');

test('rounds', () => {
  if (round(1.2) !== 1) throw new Error('1 is expected');
});
