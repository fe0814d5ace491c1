import type { Verb } from './verb.ts'

/** Every command, loaded only when it is called: `fn id` must not wait for esbuild. */
export const VERBS: Record<string, () => Promise<{ verb: Verb }>> = {
  up: () => import('./verbs/up.ts'),
  dev: () => import('./verbs/dev.ts'),
  deploy: () => import('./verbs/deploy.ts'),
  invoke: () => import('./verbs/invoke.ts'),
  list: () => import('./verbs/list.ts'),
  peers: () => import('./verbs/peers.ts'),
  status: () => import('./verbs/status.ts'),
  id: () => import('./verbs/id.ts'),
  alias: () => import('./verbs/alias.ts'),
  trust: () => import('./verbs/trust.ts'),
}
