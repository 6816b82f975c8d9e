import { Dialog } from '../../ui/dialog.tsx'
import { lazyPart, PartFaultPanel } from '../../ui/part.tsx'

interface PaletteProps {
  readonly onClose: () => void
}

/** ⌘K. The list comes when it is first opened. */
export const Palette = lazyPart<PaletteProps>(async () => (await import('./palette-list.tsx')).default, {
  whileLoading: null,
  failed: (fault, { onClose }) => (
    <Dialog open onClose={onClose} title="Go to or do">
      <PartFaultPanel what="The palette" {...fault} />
    </Dialog>
  ),
})
