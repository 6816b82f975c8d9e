import { formatBytes, plural } from '../../lib/format.ts'
import { ProgressBar } from '../../ui/progress-bar.tsx'
import type { ImportState } from './import-session.ts'

/** How far a pass over the file is. */
export function TaskProgress({ state, label }: { state: ImportState; label: string }) {
  const { task, file } = state
  if (task === null || file === null) return null
  return (
    <div className="rounded-lg border bg-surface p-4">
      <div className="mb-2 flex flex-wrap justify-between gap-2 text-sm">
        <span>{label}</span>
        <span className="text-text-3 text-xs tabular-nums">
          {plural(task.rowCount, 'row')} · {formatBytes(task.bytesRead)} of {formatBytes(file.size)}
        </span>
      </div>
      <ProgressBar label={label} max={file.size} value={task.bytesRead} />
    </div>
  )
}
