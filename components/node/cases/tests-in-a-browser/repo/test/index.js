import test from 'ava'
import { chromium } from 'playwright'

test('a page opens', async (t) => {
  const browser = await chromium.launch()
  await browser.close()
  t.pass()
})
