import { lazy, Suspense } from 'react'

const List = lazy(() => import('./palette-list.tsx'))

/** ⌘K. The list comes when it is first opened. */
export function Palette({ onClose }: { onClose: () => void }) {
  return (
    <Suspense fallback={null}>
      <List onClose={onClose} />
    </Suspense>
  )
}
