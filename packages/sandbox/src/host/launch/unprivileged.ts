/** What root starts runs as nobody: root's own limits bind no one, and its files are many. */
export function unprivileged(setpriv: string): string[] {
  return [setpriv, '--reuid=65534', '--regid=65534', '--clear-groups', '--']
}
