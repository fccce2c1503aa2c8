import { test } from 'vitest'

test('weight', () => {})
