import type { Page } from 'playwright-core'

/** WCAG 2.5.8, without its way out by the space around a target: a finger that misses it hits nothing. */
const leastPx = 24

/**
 * What can be pressed and is narrower or lower than 24 CSS px, a line each. A field with its label around it is as large as
 * that. Links within a sentence are let be, as is what is drawn for screen readers alone.
 */
const look = `(() => {
  const pressed = 'a[href], button, input, select, textarea, summary, [role=slider], [role=tab], [role=option], [role=menuitem]'
  const inSentence = (element) => {
    if (element.localName !== 'a' || getComputedStyle(element).display !== 'inline') return false
    let block = element.parentElement
    while (getComputedStyle(block).display.startsWith('inline')) block = block.parentElement
    return block.innerText.trim().length > element.innerText.trim().length
  }
  const found = []
  for (const element of document.querySelectorAll(pressed)) {
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || inSentence(element)) continue
    const inside = element.matches('input[type=checkbox], input[type=radio], input[type=file]') ? element.closest('label') : null
    const { width, height } = (inside ?? element).getBoundingClientRect()
    // 1 px by 1 px: only to be read out.
    if (width <= 1 || height <= 1) continue
    // What is a fraction smaller after rounding is as large as was meant.
    if (width > ${leastPx} - 0.5 && height > ${leastPx} - 0.5) continue
    const name = (element.getAttribute('aria-label') ?? element.innerText ?? '').trim().slice(0, 40)
    found.push(element.localName + ' "' + name + '" is ' + Math.round(width) + ' × ' + Math.round(height) + ' px')
  }
  return [...new Set(found)]
})()`

/** Targets of the page as it is now that are too small. */
export function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(look)
}
