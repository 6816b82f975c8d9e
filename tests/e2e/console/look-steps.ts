import type { Page } from 'playwright-core'

/** What a person does on a page before a picture of it is taken. */

export const press =
  (...keys: string[]) =>
  async (page: Page) => {
    for (const key of keys) await page.keyboard.press(key)
  }
export const click = (name: string | RegExp) => (page: Page) => page.getByRole('button', { name }).first().click()
export const fill = (label: string, text: string) => (page: Page) =>
  page.getByLabel(label, { exact: true }).pressSequentially(text)
export const choose = (text: string) => (page: Page) => page.getByText(text, { exact: true }).first().click()
/** Chooses messages that are in sight, one of each two from the middle on; what stands above them stays. */
export const chooseInSight = (count: number) => async (page: Page) => {
  const list = (await page.getByRole('log').first().boundingBox())!
  // Away from the end, so that the list stays where it is while more come.
  await page.mouse.move(list.x + list.width / 2, list.y + list.height / 2)
  await page.mouse.wheel(0, -200)
  await page
    .getByRole('button', { name: /new|Follow/ })
    .first()
    .waitFor()
  const boxes = page
    .getByRole('log')
    .first()
    .getByRole('checkbox', { name: /^Choose / })
  const names: string[] = []
  for (const box of await boxes.all()) {
    const at = await box.boundingBox()
    if (at !== null && at.y > list.y + list.height / 4 && at.y + at.height < list.y + list.height)
      names.push((await box.getAttribute('aria-label'))!)
  }
  // By name: more come in between.
  for (let index = 0; index < count; index++)
    await page.getByRole('checkbox', { name: names[index * 2]!, exact: true }).click()
}
export const scrollBy = (px: number) => async (page: Page) => {
  await page.mouse.move(200, 400)
  await page.mouse.wheel(0, px)
}
export const inTurn =
  (...steps: ((page: Page) => Promise<unknown>)[]) =>
  async (page: Page) => {
    for (const step of steps) await step(page)
  }

/** A part of a page by its heading. */
export const card = (title: string) => (page: Page) =>
  page.locator('section').filter({ has: page.getByRole('heading', { name: title, exact: true }) })
/** What is found later stands above what was found before. */
export const lookedAtEverything = (page: Page) => page.getByText('looked at everything').waitFor()
/** Of the journey of a key. */
export const step = (index: number) => (page: Page) => page.locator('[data-step]').nth(index)
