const test = require("node:test");
const assert = require("node:assert");
const halve = require("..");

test("half of four is two", () => assert.equal(halve(4), 2));
