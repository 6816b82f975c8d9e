import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

export const everyRule =
  "{ type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }"
/** The other theme is the same page in other colours. */
export const coloursOnly = "{ type: 'rule', values: ['color-contrast'] }"

/** What a finger needs: the names and roles are those of the wide page. */
export const sizesOnly = "{ type: 'tag', values: ['wcag22aa'] }"

/**
 * Half-way from one theme to the other, colours are of neither. Where all moves for a moment, what inherits a colour begins when
 * what it is in has ended, so one look at what moves is not enough: nothing does for two frames in turn. A browser with nothing to draw
 * may give no frame. What goes on moving is named, and ends the look.
 */
const stillness = `(async () => {
  const frame = () => new Promise((done) => {
    requestAnimationFrame(() => requestAnimationFrame(() => done()))
    setTimeout(done, 1_000)
  })
  const end = performance.now() + 30_000
  for (let still = 0; still < 2; ) {
    await frame()
    const moving = document.getAnimations().filter((each) => each instanceof CSSTransition)
    still = moving.length === 0 ? still + 1 : 0
    if (performance.now() > end) {
      const names = moving.map(({ transitionProperty, playState, effect }) =>
        transitionProperty + ' (' + playState + ') of ' + effect?.target?.tagName + '.' + effect?.target?.className)
      throw new Error('It moves without end: ' + names.join(', '))
    }
  }
})()`

/** The script that looks; it goes into each page that is loaded, whose context must bypass the policy of the console. */
export function axeScript(): Promise<string> {
  return readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
}

/** What axe has against the page as it is now, or a part of it by its selector, a line each. */
export async function axeFindings(page: Page, look: string, rules: string, within = 'html'): Promise<string[]> {
  await page.evaluate(stillness)
  const results = await page.evaluate<AxeResults>(
    `axe.run(${JSON.stringify(within)}, { resultTypes: ['violations'], runOnly: ${rules}, rules: { region: { enabled: false } } })`,
  )
  return results.violations.flatMap(({ id, impact, nodes }) =>
    nodes
      .slice(0, 5)
      .map(
        ({ target, failureSummary }) =>
          `${look}: ${impact} ${id} at ${target.join(' ')}: ${failureSummary?.split('\n')[1]?.trim() ?? ''}`,
      ),
  )
}
