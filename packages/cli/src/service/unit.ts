/** First line of every unit that hither wrote: others are nobody's to change. */
export const UNIT_MARK = '# Written by fn up --install; fn up --uninstall removes it.'

/** systemd kills what has not ended by then: a peer lets calls finish for 30 s, and then has answers to deliver. */
const STOP_MAX_S = 45

export interface UnitInit {
  /** The command and its arguments, all paths absolute. */
  command: string[]
  env: Record<string, string>
}

/**
 * A systemd user unit that keeps a peer running. The jail makes namespaces and mounts of its own, so nothing here forbids those
 * (RestrictNamespaces, PrivateUsers, ProtectSystem and the like would).
 */
export function unitText({ command, env }: UnitInit): string {
  return `${UNIT_MARK}
[Unit]
Description=hither: runs functions on whichever peer is nearest

[Service]
ExecStart=${command.map((word) => quoted(word).replaceAll('$', '$$$$')).join(' ')}
${Object.entries(env)
  .map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}\n`)
  .join('')}Restart=on-failure
RestartSec=2
KillMode=mixed
KillSignal=SIGTERM
TimeoutStopSec=${STOP_MAX_S}
Nice=5
NoNewPrivileges=yes
UMask=0077

[Install]
WantedBy=default.target
`
}

/** One word, as systemd reads it: `%` stands for something there, and in commands `$` too. */
function quoted(word: string): string {
  const escaped = word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('\n', '\\n')
  return `"${escaped}"`
}
