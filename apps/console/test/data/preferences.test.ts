import { expect, test } from 'vitest'
import { defaultPreferences, followOtherTabs, preferences } from '../../src/data/preferences.ts'

const stored = (key: string | null, newValue: string | null) =>
  Object.assign(new Event('storage'), { key, newValue }) as Event

test('what another tab of this browser sets is taken over', () => {
  const window = new EventTarget()
  const stop = followOtherTabs(window)
  window.dispatchEvent(stored('yak.preferences', '{"theme":"dark","zone":"local","unknown":1,"density":7}'))
  expect(preferences.get()).toEqual({ ...defaultPreferences, theme: 'dark', zone: 'local' })
  window.dispatchEvent(stored('yak.other', '{"theme":"light"}'))
  expect(preferences.get().theme).toBe('dark')
  window.dispatchEvent(stored('yak.preferences', 'no JSON'))
  expect(preferences.get()).toEqual(defaultPreferences)
  window.dispatchEvent(stored('yak.preferences', '{"theme":"light"}'))
  window.dispatchEvent(stored(null, null))
  expect(preferences.get()).toEqual(defaultPreferences)
  stop()
  window.dispatchEvent(stored('yak.preferences', '{"theme":"dark"}'))
  expect(preferences.get()).toEqual(defaultPreferences)
})
