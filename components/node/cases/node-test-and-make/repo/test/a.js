import test from "node:test"
const text = "import { test } from 'vitest'"
test("a", () => {})
