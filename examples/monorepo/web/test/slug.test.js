import assert from "node:assert/strict";
import { test } from "node:test";

import { slug } from "../src/slug.js";

test("what is no letter and no digit becomes one dash", () => {
  assert.equal(slug("Hello, World!"), "hello-world");
});
