/** The host under which a function has an origin to itself. */
export function hostOf(target: string, port: number): string {
  const slash = target.indexOf('/')
  const labels = slash < 0 ? target : `${target.slice(slash + 1)}.${target.slice(0, slash)}`
  return `${labels}.localhost${port === 80 ? '' : `:${port}`}`
}

/** Where the gateway itself answers. */
export function addressOf(port: number): string {
  return `http://localhost${port === 80 ? '' : `:${port}`}`
}
