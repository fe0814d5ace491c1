import type { ServerResponse } from 'node:http'

/** Runs something when it is this answer's turn on its connection: at once, but where its request was sent before others were answered. */
export function inTurn(res: ServerResponse, run: () => void): void {
  if (res.socket === null && !res.writableFinished) res.once('socket', run)
  else run()
}
