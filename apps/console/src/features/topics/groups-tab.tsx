export function GroupsTab() {
  return <p className="text-text-3">Not built yet.</p>
}
