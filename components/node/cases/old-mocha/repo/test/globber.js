const assert = require('assert')
const isGlob = require('..')

describe('globber', () => {
  it('knows a star', () => assert(isGlob('*.js')))
})
