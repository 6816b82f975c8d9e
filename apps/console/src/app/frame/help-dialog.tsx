import { usePreference } from '../../data/hooks.ts'
import { setPreference } from '../../data/preferences.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Checkbox } from '../../ui/input.tsx'
import { Kbd } from '../../ui/kbd.tsx'
import { destinations } from '../destinations.ts'

const groups: readonly { readonly name: string; readonly keys: readonly (readonly [string, string])[] }[] = [
  {
    name: 'Everywhere',
    keys: [
      ['mod K', 'Go to, create, switch'],
      ['?', 'This help'],
      ...destinations.map(({ key, label }) => [`g ${key}`, label] as const),
    ],
  },
  {
    name: 'Lists and messages',
    keys: [
      ['/', 'Filter topics, messages or the log'],
      ['j', 'Next message or line'],
      ['k', 'Previous message or line'],
      ['Enter', 'Open the message'],
      ['Shift Space', 'Choose a message'],
      ['Shift ↓', 'Choose those on the way'],
      ['mod A', 'Choose all messages of the list'],
      ['Esc', 'Close'],
      ['Space', 'Pause, go on'],
      ['End', 'Follow the newest'],
      ['c', 'Copy the message’s link'],
      ['r', 'Edit and send again'],
      ['mod Enter', 'Send'],
    ],
  },
]

export function HelpDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const singleKeys = usePreference('singleKeys')
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Keys"
      description="Single keys do nothing while you type in a field."
      footer={
        <Checkbox
          label="Single-key shortcuts"
          checked={singleKeys}
          onChange={(event) => setPreference('singleKeys', event.target.checked)}
          className="mr-auto"
        />
      }
    >
      <div className="grid gap-x-8 gap-y-4 sm:grid-cols-2">
        {groups.map(({ name, keys }) => (
          <section key={name}>
            <h3 className="eyebrow mb-1">{name}</h3>
            <dl className="grid grid-cols-[1fr_auto] gap-y-1">
              {keys.map(([key, what]) => (
                <div key={key} className="contents">
                  <dt className="text-text-2">{what}</dt>
                  <dd className="text-right">
                    <Kbd keys={key} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}
