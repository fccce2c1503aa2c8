import { expect, test } from "vitest"
// test("no")
test("adds", () => expect(1 + 1).toBe(2))
