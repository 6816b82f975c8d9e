import { FileJson } from 'lucide-react'
import { useId, useState } from 'react'
import { openSnapshot } from '../../data/snapshot/read-snapshot.ts'
import { cx } from '../../ui/cx.ts'
import { Dialog } from '../../ui/dialog.tsx'

/** A snapshot from a file, by choosing it or by dropping it here. It is read in this browser and sent nowhere. */
export function OpenSnapshotDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const id = useId()
  const [isOver, setIsOver] = useState(false)
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<{ readonly name: string; readonly text: string } | null>(null)
  const close = () => {
    setFault(null)
    onClose()
  }
  const take = async (file: File | undefined) => {
    if (file === undefined) return
    setBusy(true)
    setFault(null)
    try {
      await openSnapshot(file, file.name)
      close()
    } catch (error) {
      setFault({ name: file.name, text: error instanceof Error ? error.message : String(error) })
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog
      open={open}
      onClose={close}
      title="Open a snapshot"
      description="The console shows what was in it, until you close it. The file is read in this browser and sent nowhere; no broker is asked."
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra; the input inside does the same by keyboard */}
      <div
        onDragOver={(event) => {
          event.preventDefault()
          setIsOver(true)
        }}
        onDragLeave={() => setIsOver(false)}
        onDrop={(event) => {
          event.preventDefault()
          setIsOver(false)
          void take(event.dataTransfer.files[0])
        }}
        className={cx(
          'flex flex-col items-center gap-3 rounded-lg border border-dashed border-line-control p-6 text-center',
          isOver && 'border-solid border-text bg-surface-2',
          fault !== null && 'border-bad-mark',
        )}
      >
        <FileJson aria-hidden className="size-6 text-text-3" />
        <p className="text-text-2 text-sm">
          <span className="max-sm:hidden">Drop yak-snapshot-*.json here</span>
          <span className="sm:hidden">A file yak-snapshot-*.json from this device</span>
        </p>
        <label
          htmlFor={id}
          className="inline-flex h-8 cursor-pointer items-center rounded-md border border-line-2 bg-surface px-3 font-medium text-sm hover:bg-surface-2 has-focus-visible:outline-2 has-focus-visible:outline-focus max-sm:h-11"
        >
          {busy ? 'Reading …' : 'Choose a file'}
          <input
            id={id}
            data-autofocus
            type="file"
            accept=".json,application/json"
            disabled={busy}
            aria-describedby={fault === null ? undefined : `${id}-fault`}
            className="sr-only"
            onChange={(event) => {
              const chosen = event.target.files?.[0]
              event.target.value = ''
              void take(chosen)
            }}
          />
        </label>
      </div>
      {fault === null ? null : (
        <p id={`${id}-fault`} role="alert" className="mt-3 break-words text-bad text-sm">
          <span className="font-mono">{fault.name}</span> was not opened. {fault.text}
        </p>
      )}
    </Dialog>
  )
}
