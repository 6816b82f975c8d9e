import { Columns3, X } from 'lucide-react'
import { useState } from 'react'
import { readPath } from '../../lib/json/path-text.ts'
import { visibleText } from '../../lib/visible-text.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Combobox } from '../../ui/combobox.tsx'
import { Popover } from '../../ui/popover.tsx'
import { VisibleText } from '../../ui/visible-text.tsx'

/** Fields of the value that stand in columns of their own. */
export function ColumnPicker({
  columns,
  paths,
  onChange,
}: {
  columns: readonly string[]
  paths: readonly string[]
  onChange: (columns: readonly string[]) => void
}) {
  const [text, setText] = useState('')
  const wrong = text !== '' && readPath(text) === null
  const add = () => {
    if (text === '' || wrong) return
    if (!columns.includes(text)) onChange([...columns, text])
    setText('')
  }
  return (
    <Popover
      title="Columns"
      trigger={
        <Button
          size="sm"
          icon={<Columns3 />}
          className="max-sm:min-w-10 max-sm:px-2!"
          aria-label={columns.length === 0 ? 'Columns' : `Columns ${columns.length}`}
        >
          <span className="max-sm:hidden">Columns</span>
          {columns.length === 0 ? null : ` ${columns.length}`}
        </Button>
      }
    >
      <p className="mb-2 text-text-2 text-xs">
        A field of the value as a column of its own. In an open message,{' '}
        {/* Only where the message stands beside the list. */}
        <span className="max-lg:hidden">drag it to the list, or </span>press it and then Column.
      </p>
      <form
        className="flex gap-1.5 has-[[data-reason]]:flex-wrap [&>[data-reason]]:basis-full"
        onSubmit={(event) => {
          event.preventDefault()
          add()
        }}
      >
        <Combobox
          aria-label="Path in the value"
          aria-invalid={wrong || undefined}
          mono
          value={text}
          onChange={setText}
          options={paths.filter((path) => !columns.includes(path))}
          placeholder="e.g. user.id"
        />
        <Button type="submit" disabledReason={wrong ? 'Write a path as user.id or items[0].sku.' : undefined}>
          Add
        </Button>
      </form>
      {columns.length === 0 ? null : (
        <ul className="mt-2 flex flex-col">
          {columns.map((path) => (
            <li key={path} className="flex items-center justify-between gap-2">
              <code className="min-w-0 truncate font-mono text-xs">
                <VisibleText>{path}</VisibleText>
              </code>
              <IconButton
                label={`Remove ${visibleText(path)}`}
                tip={false}
                className="!size-7"
                onClick={() => onChange(columns.filter((each) => each !== path))}
              >
                <X />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
    </Popover>
  )
}
