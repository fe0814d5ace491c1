import type { Verb } from './verb.ts'

/** Every command, loaded only when it is called: `fn id` must not wait for esbuild. */
export const VERBS: Record<string, () => Promise<{ verb: Verb }>> = {
  init: () => import('./verbs/init.ts'),
  up: () => import('./verbs/up.ts'),
  down: () => import('./verbs/down.ts'),
  dev: () => import('./verbs/dev.ts'),
  deploy: () => import('./verbs/deploy.ts'),
  invoke: () => import('./verbs/invoke.ts'),
  why: () => import('./verbs/why.ts'),
  receipt: () => import('./verbs/receipt.ts'),
  log: () => import('./verbs/log.ts'),
  rollback: () => import('./verbs/rollback.ts'),
  remove: () => import('./verbs/remove.ts'),
  list: () => import('./verbs/list.ts'),
  peers: () => import('./verbs/peers.ts'),
  status: () => import('./verbs/status.ts'),
  volunteer: () => import('./verbs/volunteer.ts'),
  id: () => import('./verbs/id.ts'),
  alias: () => import('./verbs/alias.ts'),
  network: () => import('./verbs/network.ts'),
  secret: () => import('./verbs/secret.ts'),
  trust: () => import('./verbs/trust.ts'),
  help: () => import('./verbs/help.ts'),
}
