import test from 'node:test';
import assert from 'node:assert';
import { add } from '../index.js';

test('adds', () => {
  assert.strictEqual(add(1, 2), 3);
});
